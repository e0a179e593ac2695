"""
Which traces are complete, decided inside ClickHouse: once for all rules, and again when late spans change a trace.

A trace is complete when its root has ended, no span of it is known to be open, and nothing came for longer than spans
of its service come late, which is learned. Times are those at which ClickHouse stored spans, so what waited in a
collector's log while ClickHouse was away is not taken for old.
"""

from dataclasses import dataclass
from typing import Final

from spanmill_store.client import Store

SECOND_NS: Final = 1_000_000_000
OVERLAP_S: Final = 20.0
"""How far a look goes back behind the last one: spans may become visible a little after their time of storing."""

SHARE: Final = 50_000
"""Traces that are decided about in one query."""

LEARNED_FROM_S: Final = 2 * 3600.0
LEARNED_FROM_LEAST_S: Final = 600.0
READ_TRACES: Final = 500_000
"""Of more traces, so many of the last are read, but at least those of `LEARNED_FROM_LEAST_S`."""

SETTLED_S: Final = 60.0
LEARNED_FROM_TRACES: Final = 20_000
MIN_TRACES: Final = 20


@dataclass(frozen=True, slots=True)
class Patience:
    """
    How long traces are waited for, in seconds without a new span.

    Attributes:
        idle_s, idle_max_s: At least and at most, of a trace whose root has ended and that has no open span; between the
            two, what was learned of its service counts.
        open_s: Of a trace that has open spans.
        max_age_s: Of a trace without a root.
        session_idle_s: Of a session, after which it is complete.
        session_max_s: What is new of a session that never pauses is looked at after so long.
        lookback_s: A first look goes so far back, and late spans count for so long after a trace was complete.
    """

    idle_s: float = 5.0
    idle_max_s: float = 300.0
    open_s: float = 300.0
    max_age_s: float = 3600.0
    session_idle_s: float = 1800.0
    session_max_s: float = 86_400.0
    lookback_s: float = 86_400.0


def complete(
    store: Store, patience: Patience, now_ns: int, since_ns: int, *, is_wide: bool = True, planner: str = ""
) -> int:
    """
    Enter the traces that are complete at *now_ns* and return how many rows that were.

    Looks at what may have become complete since *since_ns*; *is_wide*: also if, since then, less is known to be waited
    for than before. *planner*: who asks. Running it twice changes nothing. Times are nanoseconds since 1970, by the
    server's clock.
    """
    [lateness] = store.rows("completion/longest_lateness")
    longest_s = patience.idle_max_s if is_wide else min(lateness["LatenessS"], patience.idle_max_s)
    params = _windows(patience, now_ns, since_ns, longest_s)
    [row] = store.rows("completion/fresh", **params)
    if not row["Fresh"]:
        return 0
    shares = -(-int(row["Fresh"]) // SHARE)
    late_from_ms = now_ns // 1_000_000 - int(patience.lookback_s * 1000)
    waits_s = {name: getattr(patience, name) for name in ("idle_s", "idle_max_s", "open_s", "max_age_s")}
    return sum(
        store.run(
            "completion/complete",
            now_ns=now_ns,
            shares=shares,
            share=share,
            late_from_ms=late_from_ms,
            planner=planner,
            **params,
            **waits_s,
        )
        for share in range(shares)
    )


def learn(store: Store, now_ns: int) -> int:
    """Learn how late the spans of each service come, from the last hours, and return of how many services."""
    [row] = store.rows("completion/recent", since_ns=now_ns - int(LEARNED_FROM_S * SECOND_NS))
    traces = int(row["Traces"])
    from_s = max(LEARNED_FROM_LEAST_S, LEARNED_FROM_S * min(1.0, READ_TRACES / max(1, traces)))
    return store.run(
        "completion/learn",
        now_ns=now_ns,
        since_ns=now_ns - int(from_s * SECOND_NS),
        settled_ns=now_ns - int(SETTLED_S * SECOND_NS),
        every=max(1, min(traces, READ_TRACES) // LEARNED_FROM_TRACES),
        min_traces=MIN_TRACES,
    )


def _windows(patience: Patience, now_ns: int, since_ns: int, longest_s: float) -> dict[str, int]:
    """When the newest span was stored of traces that may have become complete between two times."""
    waits_s = {
        "idle": (patience.idle_s, longest_s),
        "open": (patience.open_s, longest_s),
        "old": (patience.max_age_s, longest_s),
    }
    found = {}
    for name, (least_s, most_s) in waits_s.items():
        begins_s = max(least_s, most_s, patience.idle_s) + OVERLAP_S
        found[f"{name}_from_ms"] = since_ns // 1_000_000 - int(begins_s * 1000)
        found[f"{name}_until_ms"] = now_ns // 1_000_000 - int(max(least_s, patience.idle_s) * 1000)
    return found
