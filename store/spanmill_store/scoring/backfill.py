"""
Backfills: traces of the past, entered into the ledger of one rule by the planner's own decision.

A trace belongs to a window if spans of it began there. What the ledger knows is left as it was decided, so a window
that is entered twice changes nothing. Times are nanoseconds since 1970.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from spanmill_store import completion, queries
from spanmill_store.client import Store
from spanmill_store.completion import Patience
from spanmill_store.scoring.plan import QUERIES, SHARE, PlannedRule, conditions_of, params_of
from spanmill_store.scoring.templates import filled
from spanmill_store.targets import TargetId

HOUR_NS: Final = 3600 * 10**9
FORESEEN: Final = 20_000
"""From so many traces it is foreseen what a backfill comes to."""

_MARGIN_NS: Final = 60 * 10**9
"""How much older than a planner's first look a trace must be for none to look at it."""


class Window(NamedTuple):
    """Spans that began in it; its end is excluded. *traces*: how many have some, about."""

    from_ns: int
    until_ns: int
    traces: int = 0


@dataclass(frozen=True, slots=True)
class Foreseen:
    """
    What a backfill would come to.

    Attributes:
        traces: Of the window.
        targets: How many would come to which state: ``filtered``, ``sampled_out`` or ``waiting``.
        is_exact: Whether all traces were looked at, rather than some of them.
        examples: A few of those that would wait.
    """

    traces: int
    targets: Counter[str]
    is_exact: bool
    examples: list[TargetId]


def complete(store: Store, patience: Patience, since_ns: int, now_ns: int, planner: str) -> int:
    """
    Enter traces that are complete and that no planner has entered; return how many rows that were.

    Those which no planner looks at any more are entered as of then, so that no other rule takes them for new.
    """
    horizon_ns = now_ns - int(patience.lookback_s * 1e9) - _MARGIN_NS
    old = completion.complete(store, patience, horizon_ns, since_ns, planner=planner) if since_ns < horizon_ns else 0
    return old + completion.complete(store, patience, now_ns, max(since_ns, horizon_ns), planner=planner)


def windows(store: Store, from_ns: int, until_ns: int) -> Iterator[Window]:
    """Give the windows between two times that have traces, in their order, each of whole hours and few traces."""
    begin_ns, traces = from_ns, 0
    for row in store.rows("backfill/hours", from_ns=from_ns, until_ns=until_ns):
        if traces and traces + row["Traces"] > SHARE:
            yield Window(begin_ns, row["HourNs"], traces)
            begin_ns, traces = row["HourNs"], 0
        traces += row["Traces"]
    if traces:
        yield Window(begin_ns, until_ns, traces)


def enter(store: Store, rule: PlannedRule, window: Window, now_ns: int) -> int:
    """
    Enter what *rule* decides about the complete traces of *window*, and return of how many targets.

    Raises:
        QueryRejected: ClickHouse cannot compute one of its conditions.
    """
    statement = _decision(rule, {})
    shares = max(1, -(-window.traces // SHARE))
    params = _params(rule, window, now_ns, shares)
    return sum(store.execute(statement, {**params, "share": share}) for share in range(shares))


def foresee(store: Store, rule: PlannedRule, window: Window, examples: int) -> Foreseen:
    """
    Return what entering *window* would come to, without doing it.

    Raises:
        QueryRejected: ClickHouse cannot compute one of the rule's conditions.
    """
    shares = max(1, -(-window.traces // FORESEEN))
    params = {**_params(rule, window, 0, shares), "share": 0}
    decision = {"decision": _decision(rule, {"into": ""})}
    rows = store.select(filled("backfill/foreseen", decision), params)
    targets = Counter({row["State"]: int(row["Targets"]) * shares for row in rows})
    found = store.select(filled("backfill/examples", decision), {**params, "limit": examples}) if examples else []
    ids = [TargetId(row["Project"], row["TraceId"], row["SpanId"]) for row in found]
    return Foreseen(window.traces, targets, shares == 1, ids)


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


def _decision(rule: PlannedRule, parts: dict[str, str]) -> str:
    """The planner's decision, over the traces of a window instead of those that became complete lately."""
    begun = f"TraceId IN ({queries.text('backfill/begun')})"
    places = {"conditions": conditions_of([rule]), "chosen": begun, "asked": begun, **parts}
    return filled(QUERIES[rule.scope], {**places, "again": ""} if rule.scope == "trace" else places)


def _params(rule: PlannedRule, window: Window, now_ns: int, shares: int) -> dict[str, Any]:
    return {
        **params_of([rule]),
        "from_ns": window.from_ns,
        "until_ns": window.until_ns,
        "now_ns": now_ns,
        "shares": shares,
    }
