"""
Which sessions are complete, decided inside ClickHouse, and again when a session goes on.

A session is complete when none of its traces is incomplete and nothing came to it for `Patience.session_idle_s`. One
that never pauses is complete with what it has after `Patience.session_max_s`.
"""

from spanmill_store.client import Store
from spanmill_store.completion import OVERLAP_S, SECOND_NS, Patience

SHARE = 5000
"""Sessions that are decided about in one query."""


def complete(
    store: Store, patience: Patience, now_ns: int, since_ns: int, *, planner: str = "", whole: bool = False
) -> int:
    """
    Enter the sessions that are complete at *now_ns* and return how many rows that were.

    Looks at what may have become complete since *since_ns*; traces have to be complete before. A session that was not
    known has the traces stored since then, or a little before; *whole*: all that are stored, however old, which takes
    reading more. Running it twice changes nothing. Times are nanoseconds since 1970, by the server's clock.
    """
    windows = _windows(patience, now_ns, since_ns)
    found = store.rows("completion/fresh_sessions", since_ns=since_ns - int(OVERLAP_S * SECOND_NS), **windows)
    session_ids = sorted({row["SessionId"] for row in found})
    longest_s = max(patience.idle_s, patience.idle_max_s, patience.open_s, patience.max_age_s)
    return sum(
        store.run(
            "completion/complete_sessions",
            now_ns=now_ns,
            session_ids=session_ids[start : start + SHARE],
            idle_s=patience.session_idle_s,
            long_s=patience.session_max_s,
            settled_ms=now_ns // 1_000_000 - int((longest_s + OVERLAP_S) * 1000),
            from_ms=0 if whole else windows["long_from_ms"] - int(patience.session_idle_s * 1000),
            planner=planner,
        )
        for start in range(0, len(session_ids), SHARE)
    )


def _windows(patience: Patience, now_ns: int, since_ns: int) -> dict[str, int]:
    """When spans were stored of sessions that may have become complete between two times."""
    found = {}
    for name, wait_s in {"idle": patience.session_idle_s, "long": patience.session_max_s}.items():
        found[f"{name}_from_ms"] = since_ns // 1_000_000 - int((wait_s + OVERLAP_S) * 1000)
        found[f"{name}_until_ms"] = now_ns // 1_000_000 - int(wait_s * 1000)
    return found
