"""
Rules whose conditions ask for more than a target's row: for scores of other rules, or for the trace of a span.

Their targets are entered into the ledger as held when they are complete, and decided about once every rule that is
asked has come to a final state about them. A tick for all other rules knows nothing of this.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from spanmill_store import queries
from spanmill_store.client import Store
from spanmill_store.scoring.plan import PlannedRule, fresh_shares
from spanmill_store.scoring.predicates import Scope
from spanmill_store.scoring.templates import filled
from spanmill_store.targets import TargetId, keys_of

_TARGETS: Final[Mapping[Scope, str]] = {
    "trace": "scoring/hold_traces",
    "span": "scoring/hold_spans",
    "session": "scoring/hold_sessions",
}
CONDITIONS: Final[Mapping[Scope, str]] = {
    "trace": "scoring/conditions_traces",
    "span": "scoring/conditions_spans",
    "session": "scoring/conditions_sessions",
}
"""Queries for the conditions of such rules, by scope."""

_PIECES: Final[Mapping[Scope, Mapping[str, str]]] = {
    "trace": {"scores": "scoring/scores_of_targets"},
    "span": {"scores": "scoring/scores_of_targets", "trace": "scoring/traces_of_spans"},
    "session": {"scores": "scoring/scores_of_targets", "rows": "scoring/session_rows"},
}
MAX_READY: Final = 20_000
"""Targets of one rule that are decided about in one tick; the rest comes later."""

SHARE: Final = 2000
"""Of them, in one query."""

Need = tuple[str, str]
"""Another rule, by name and version."""


@dataclass(frozen=True, slots=True)
class Ready:
    """
    A held target about which every rule that is asked has decided.

    Attributes:
        revision: Of the completion.
        was_in: Whether an earlier revision was sampled, with what probability.
    """

    target: TargetId
    revision: int
    was_in: bool
    probability: float


@dataclass(frozen=True, slots=True)
class Conditions:
    """
    What the conditions of a rule say of a target.

    Attributes:
        holds: Whether the rule wants it, then whether it is of each of the strata.
    """

    source: str
    holds: tuple[bool, ...]


def hold(store: Store, rule: PlannedRule, *, reason: str, since_ns: int, now_ns: int, but: str) -> int:
    """
    Enter what became complete after a time into the ledger of *rule* as held, and return how many rows that were.

    What the planner *but* found is left out. Running it twice changes nothing.
    """
    statement = filled("scoring/hold", {"targets": queries.text(_TARGETS[rule.scope])})
    params: dict[str, Any] = {
        "rule": rule.name,
        "version": rule.version,
        "reason": reason,
        "since_ns": since_ns,
        "now_ns": now_ns,
        "but": but,
        "is_of_spans": rule.scope == "span",
    }
    shares = fresh_shares(store, rule.scope, since_ns, but)
    return sum(store.execute(statement, {**params, **share}) for share in shares)


def ready(store: Store, rule: PlannedRule, needs: Sequence[Need]) -> list[Ready]:
    """Return the held targets of *rule* about which all of *needs* have decided, at most `MAX_READY`."""
    rows = store.rows(
        "scoring/ready",
        rule=rule.name,
        version=rule.version,
        needs=[name for name, _ in needs],
        need_versions=[version for _, version in needs],
        is_of_spans=rule.scope == "span",
        limit=MAX_READY,
    )
    return [Ready(TargetId.of(row), row["Revision"], row["Held"] == 2, row["Probability"]) for row in rows]


def conditions(
    store: Store, rule: PlannedRule, needs: Sequence[Need], ids: Sequence[TargetId]
) -> Iterator[tuple[TargetId, Conditions]]:
    """
    Yield what the conditions of *rule* say of those of *ids* that are stored.

    Raises:
        QueryRejected: ClickHouse cannot compute one of the conditions.
    """
    statement = conditions_statement(rule.scope, rule.conditions)
    wanted = set(ids)
    params = {
        **keys_of(ids),
        "span_ids": sorted({target.span_id for target in ids}),
        "rules": [name for name, _ in needs],
        "versions": [version for _, version in needs],
    }
    for row in store.select(statement, params):
        target = TargetId.of(row)
        if target in wanted:
            yield target, Conditions(row["spanmill_source"], tuple(map(bool, row["spanmill_conditions"])))


def values(store: Store, needs: Sequence[Need], ids: Sequence[TargetId]) -> dict[TargetId, Mapping[str, float | None]]:
    """Return what *needs* said of the targets *ids*: the values of the scores by name."""
    names, versions = [name for name, _ in needs], [version for _, version in needs]
    rows = store.rows("scoring/scores_of_targets", rules=names, versions=versions, **keys_of(ids))
    return {TargetId.of(row): row["spanmill_values"] for row in rows}


def conditions_statement(scope: Scope, checked: str) -> str:
    """The query for conditions, an array of *checked* SQL."""
    pieces = {place: queries.text(name) for place, name in _PIECES[scope].items()}
    return filled(CONDITIONS[scope], {**pieces, "conditions": checked})
