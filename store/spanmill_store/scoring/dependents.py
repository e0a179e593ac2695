"""
Rules whose conditions ask for more than a target's row: for scores of other rules, or for the trace of a span.

Their targets are entered into the ledger as held when they are complete, and decided about once every rule that is
asked has come to a final state about them. A tick for all other rules knows nothing of this.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from spanmill_store import queries
from spanmill_store.client import Store
from spanmill_store.scoring.parts import Part
from spanmill_store.scoring.plan import PlannedRule
from spanmill_store.scoring.predicates import Scope
from spanmill_store.scoring.templates import filled
from spanmill_store.targets import TargetId, keys_of

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
        sent: With which probability the application sent it at all.
        holds: Whether the rule wants it, then whether it is of each of the strata.
    """

    source: str
    sent: float
    holds: tuple[bool, ...]


def hold(store: Store, rule: PlannedRule, found: Iterable[Part], *, reason: str, now_ns: int) -> int:
    """
    Enter what is complete into the ledger of *rule* as held, and return how many rows that were.

    Running it twice changes nothing.
    """
    return sum(store.execute(*holding(rule, part, reason, now_ns)) for part in found)


def holding(
    rule: PlannedRule, part: Part, reason: str, now_ns: int, *, is_entered: bool = True
) -> tuple[str, dict[str, Any]]:
    """Return the statement that enters *part* as held, or says what it would enter, and its parameters."""
    statement = filled("scoring/hold", {"targets": part.targets(rule.scope), **({} if is_entered else {"into": ""})})
    names = {"rule": rule.name, "version": rule.version, "reason": reason}
    return statement, {**names, "now_ns": now_ns, "is_of_spans": rule.scope == "span", **part.params}


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
            holds = tuple(map(bool, row["spanmill_conditions"]))
            yield target, Conditions(row["spanmill_source"], row["spanmill_sent"], holds)


def values(store: Store, needs: Sequence[Need], ids: Sequence[TargetId]) -> dict[TargetId, Mapping[str, float | None]]:
    """Return what *needs* said of the targets *ids*: the values of the scores by name."""
    names, versions = [name for name, _ in needs], [version for _, version in needs]
    rows = store.rows("scoring/scores_of_targets", rules=names, versions=versions, **keys_of(ids))
    return {TargetId.of(row): row["spanmill_values"] for row in rows}


def conditions_statement(scope: Scope, checked: str) -> str:
    """The query for conditions, an array of *checked* SQL."""
    pieces = {place: queries.text(name) for place, name in _PIECES[scope].items()}
    return filled(CONDITIONS[scope], {**pieces, "conditions": checked})
