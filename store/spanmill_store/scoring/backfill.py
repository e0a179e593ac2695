"""
Backfills: traces and sessions of the past, entered into the ledger of one rule by the planner's own decision.

A trace or a session belongs to a window if spans of it began there. What the ledger knows is left as it was decided,
so a window that is entered twice changes nothing. Times are nanoseconds since 1970.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from spanmill_store import completion, queries, session_completion
from spanmill_store.client import Store
from spanmill_store.completion import OVERLAP_S, SECOND_NS, Patience
from spanmill_store.scoring import parts
from spanmill_store.scoring.parts import Part
from spanmill_store.scoring.plan import PlannedRule, enter_apart
from spanmill_store.scoring.predicates import Scope

_MARGIN_NS: Final = 60 * 10**9
"""How much older than a planner's first look a trace must be for none to look at it."""


class Window(NamedTuple):
    """Spans that began in it; its end is excluded. *traces*: how many have some, about."""

    from_ns: int
    until_ns: int
    traces: int = 0


def complete(
    store: Store, patience: Patience, since_ns: int, now_ns: int, planner: str, *, with_sessions: bool = False
) -> int:
    """
    Enter traces that are complete and that no planner has entered; return how many rows that were. So of sessions.

    Those which no planner looks at any more are entered as of then, so that no other rule takes them for new.
    """
    horizon_ns = now_ns - int(patience.lookback_s * 1e9) - _MARGIN_NS
    old = completion.complete(store, patience, horizon_ns, since_ns, planner=planner) if since_ns < horizon_ns else 0
    old += completion.complete(store, patience, now_ns, max(since_ns, horizon_ns), planner=planner)
    return old + (_complete_sessions(store, patience, since_ns, now_ns, horizon_ns, planner) if with_sessions else 0)


def _complete_sessions(
    store: Store, patience: Patience, since_ns: int, now_ns: int, horizon_ns: int, planner: str
) -> int:
    """New ones first: one that still goes on began long ago too. Those of traces complete as of the horizon are old."""
    horizon_ns += int(1.5 * OVERLAP_S * SECOND_NS)
    found = session_completion.complete(store, patience, now_ns, max(since_ns, horizon_ns), planner=planner, whole=True)
    if since_ns < horizon_ns:
        found += session_completion.complete(store, patience, horizon_ns, since_ns, planner=planner, whole=True)
    return found


def windows(store: Store, from_ns: int, until_ns: int) -> Iterator[Window]:
    """Give the windows between two times that have traces, in their order, each of whole hours and few traces."""
    begin_ns, traces = from_ns, 0
    for row in store.rows("backfill/hours", from_ns=from_ns, until_ns=until_ns):
        if traces and traces + row["Traces"] > parts.SHARE:
            yield Window(begin_ns, row["HourNs"], traces)
            begin_ns, traces = row["HourNs"], 0
        traces += row["Traces"]
    if traces:
        yield Window(begin_ns, until_ns, traces)


def parts_of(store: Store, scope: Scope, window: Window) -> list[Part]:
    """Return what of *window* is complete: its traces, or for that *scope* its sessions."""
    times = {"from_ns": window.from_ns, "until_ns": window.until_ns}
    if scope == "session":
        rows = store.rows("backfill/sessions", **times, shares=1, share=0)
        return parts.of_sessions(sorted(row["SessionId"] for row in rows))
    return traces_of(times, max(1, -(-window.traces // parts.SHARE)))


def traces_of(times: Mapping[str, int], shares: int) -> list[Part]:
    """Return the complete traces with spans that began between two *times*, in so many shares."""
    begun = f"TraceId IN ({queries.text('backfill/begun')})"
    return parts.of_traces({"chosen": begun}, begun, times, shares)


def enter(store: Store, rule: PlannedRule, window: Window, now_ns: int) -> int:
    """
    Enter what *rule* decides about what is complete of *window*, and return of how many targets.

    Raises:
        QueryRejected: ClickHouse cannot compute one of its conditions of many of them.
    """
    return sum(enter_apart(store, rule, part, now_ns) for part in parts_of(store, rule.scope, window))


def reached_ns(store: Store, rule: PlannedRule, since_ns: int) -> int:
    """Return up to where a backfill since then was entered that did not come to its end; else *since_ns*."""
    for row in store.rows("backfill/cursor", rule=rule.name, version=rule.version):
        if row["SinceNs"] <= since_ns < row["ReachedNs"] < row["UntilNs"]:
            return int(row["ReachedNs"])
    return since_ns


def keep(store: Store, rule: PlannedRule, asked: Window, reached: int) -> None:
    """Keep that everything of *asked* up to *reached* is entered."""
    asked_ns = {"since_ns": asked.from_ns, "until_ns": asked.until_ns}
    store.run("backfill/keep", rule=rule.name, version=rule.version, reached_ns=reached, **asked_ns)
