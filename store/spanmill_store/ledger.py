"""The coverage ledger: for every target and rule version, what became of it and why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from spanmill_store.client import Store
from spanmill_store.targets import TargetId, keys_of
from spanmill_store.times import ticks

FAILURES: Final = ("parse_error", "provider_error", "scorer_error", "too_large", "budget")
"""States of a target that was sampled and has no score."""

_COLUMNS: Final = (
    "Project",
    "Rule",
    "RuleVersion",
    "TraceId",
    "SpanId",
    "SessionId",
    "State",
    "Reason",
    "Time",
    "Revision",
    "SamplingProbability",
    "Stratum",
)


class Sampled(NamedTuple):
    """
    How a target that waits came to be scored.

    Attributes:
        revision: Of the completion that it waits for: 0 the first, else late spans came.
        probability: That it was sampled.
        stratum: Of the rule, whose rate applied; '' for the rule's own.
        waited_s: Since when it waits.
    """

    revision: int = 0
    probability: float = 1.0
    stratum: str = ""
    waited_s: float = 0.0


class LedgerRow(NamedTuple):
    """What became of one target under one rule version."""

    target: TargetId
    rule: str
    rule_version: str
    state: str
    reason: str
    time: datetime
    sampled: Sampled = Sampled()


@dataclass(frozen=True, slots=True)
class RuleStatus:
    """How far one rule version has come. Every target it has seen is counted in exactly one of the first five."""

    rule: str
    version: str
    waiting: int
    scored: int
    failed: int
    filtered: int
    sampled_out: int
    flagged: int
    last_time: datetime

    @property
    def sampled(self) -> int:
        """Targets that were chosen to be scored."""
        return self.waiting + self.scored + self.failed


def insert(store: Store, rows: Iterable[LedgerRow]) -> None:
    """Enter *rows*: a final state takes the place of ``waiting``, what is of a later revision that of all before."""
    store.insert("score_ledger", _COLUMNS, [_values(row) for row in rows])


def _values(row: LedgerRow) -> tuple[object, ...]:
    target, rule, version, state, reason, time, sampled = row
    return (target[0], rule, version, *target[1:], state, reason, ticks(time), *sampled[:3])


def waiting(store: Store, rules: Sequence[tuple[str, str]], limit: int) -> dict[tuple[str, str], list[TargetId]]:
    """Return the targets that wait longest for each of *rules*, given by name and version, at most *limit* of one."""
    found: dict[tuple[str, str], list[TargetId]] = {rule: [] for rule in rules}
    if rules:
        names, versions = [name for name, _ in rules], [version for _, version in rules]
        for row in store.rows("ledger/waiting", rules=names, versions=versions, limit=limit):
            found[row["Rule"], row["RuleVersion"]].append(TargetId.of(row))
    return found


def with_waiting(store: Store, rules: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return those of *rules*, given by name and version, for which something waits."""
    if not rules:
        return set()
    names, versions = [name for name, _ in rules], [version for _, version in rules]
    rows = store.rows("ledger/rules_with_waiting", rules=names, versions=versions)
    return {(row["Rule"], row["RuleVersion"]) for row in rows}


def waiting_among(store: Store, rule: str, version: str, ids: Sequence[TargetId]) -> dict[TargetId, Sampled]:
    """Return those of *ids* that still wait for *rule*, and how they came to."""
    rows = store.tuples("ledger/waiting_among", rule=rule, version=version, **keys_of(ids))
    found = {row[:4]: Sampled(*row[4:]) for row in rows}
    return {target: found[target] for target in ids if target in found}


def status(store: Store) -> list[RuleStatus]:
    """Return how far every rule version has come, by name, the newest version of a rule first."""
    return [
        RuleStatus(
            rule=row["Rule"],
            version=row["RuleVersion"],
            waiting=row["Waiting"],
            scored=row["Scored"],
            failed=row["Failed"],
            filtered=row["Filtered"],
            sampled_out=row["SampledOut"],
            flagged=row["Flagged"],
            last_time=row["LastTime"],
        )
        for row in store.rows("ledger/status", failures=list(FAILURES))
    ]


def close_other_versions(store: Store, rule: str, version: str) -> int:
    """Give every target that waits for another version of *rule* its final state: that version will never run."""
    return store.run("ledger/close_other_versions", rule=rule, version=version)
