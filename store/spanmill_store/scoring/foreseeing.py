"""What a backfill would come to, found out without doing it, by as many traces or sessions as one query can take."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from spanmill_store.client import Store
from spanmill_store.scoring import parts
from spanmill_store.scoring.backfill import Window, traces_of
from spanmill_store.scoring.dependents import Need, holding
from spanmill_store.scoring.parts import Part
from spanmill_store.scoring.plan import PlannedRule, decision
from spanmill_store.scoring.predicates import Scope
from spanmill_store.scoring.templates import filled
from spanmill_store.targets import TargetId

FORESEEN: Final = 20_000
"""From so many traces it is foreseen what a backfill comes to."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """
    What a backfill would come to.

    Attributes:
        traces: Of the window.
        targets: How many would come to which state: ``filtered``, ``sampled_out`` or ``waiting``.
        is_exact: Whether all traces were looked at, rather than some of them.
        examples: A few of those that would wait.
        is_bound: Whether no more than that would wait, for the rest follows from scores of other rules.
    """

    traces: int
    targets: Counter[str]
    is_exact: bool
    examples: list[TargetId]
    is_bound: bool = False


def foresee(store: Store, rule: PlannedRule, window: Window, examples: int) -> Foreseen:
    """
    Return what entering *window* would come to, without doing it.

    Raises:
        QueryRejected: ClickHouse cannot compute one of the rule's conditions of many targets.
    """

    def decide(part: Part) -> _Seen:
        return _seen(store, *decision([rule], part, 0, is_entered=False), examples)

    def refuse(_part: Part, _reason: str) -> _Seen:
        return _Seen(Counter({"filtered": 1}), [])

    some, shares = _some(store, rule.scope, window)
    found = list(parts.apart(store, some, decide, refuse))
    targets = sum((one.targets for one in found), Counter[str]())
    ids = [id_ for one in found for id_ in one.examples][:examples]
    return Foreseen(window.traces, _times(targets, shares), shares == 1, ids)


def foresee_held(
    store: Store, rule: PlannedRule, needs: Sequence[Need], window: Window, examples: int
) -> tuple[Foreseen, Counter[str]]:
    """
    Return the same of a rule that asks *needs* for scores: how many targets can be sampled at most.

    Also says of how many targets each of *needs* knows nothing, by the name.
    """
    some, shares = _some(store, rule.scope, window)
    statement, params = holding(rule, some, "", 0, is_entered=False)
    seen = _seen(store, statement, params, examples)
    held = seen.targets.total() * shares
    highest = max([rule.rate, *(stratum.rate for stratum in rule.strata)])
    waiting = math.ceil(held * highest)
    targets = Counter({"waiting": waiting, "sampled_out": held - waiting})
    unknown = _unasked(store, needs, {"targets": statement}, params)
    return Foreseen(window.traces, targets, shares == 1, seen.examples, is_bound=True), _times(unknown, shares)


def unasked(store: Store, rule: PlannedRule, needs: Sequence[Need]) -> Counter[str]:
    """Return of how many targets that *rule* holds each of *needs* knows nothing, by the name."""
    return _unasked(store, needs, {}, {"rule": rule.name, "version": rule.version})


class _Seen(NamedTuple):
    """What some targets would come to, and a few of those that would wait."""

    targets: Counter[str]
    examples: list[TargetId]


def _seen(store: Store, statement: str, params: Mapping[str, Any], examples: int) -> _Seen:
    decided = {"decision": statement}
    rows = store.select(filled("backfill/foreseen", decided), params)
    targets = Counter({row["State"]: int(row["Targets"]) for row in rows})
    if not examples:
        return _Seen(targets, [])
    found = store.select(filled("backfill/examples", decided), {**params, "limit": examples})
    return _Seen(targets, [TargetId.of(row) for row in found])


def _some(store: Store, scope: Scope, window: Window) -> tuple[Part, int]:
    """One of so many equal shares of *window*, small enough to foresee by it what the others come to."""
    times = {"from_ns": window.from_ns, "until_ns": window.until_ns}
    if scope != "session":
        shares = max(1, -(-window.traces // FORESEEN))
        return traces_of(times, shares)[0], shares
    [row] = store.rows("backfill/count_sessions", **times)
    shares = max(1, -(-int(row["Sessions"]) // parts.SESSION_SHARE))
    ids = [row["SessionId"] for row in store.rows("backfill/sessions", **times, shares=shares, share=0)]
    return parts.session_part(ids), shares


def _times(found: Counter[str], shares: int) -> Counter[str]:
    return Counter({name: count * shares for name, count in found.items()})


def _unasked(store: Store, needs: Sequence[Need], places: Mapping[str, str], params: Mapping[str, Any]) -> Counter[str]:
    asked = {"needs": [name for name, _ in needs], "need_versions": [version for _, version in needs]}
    rows = store.select(filled("backfill/unasked", places), {**params, **asked}) if needs else []
    return Counter({row["Rule"]: int(row["Targets"]) for row in rows})
