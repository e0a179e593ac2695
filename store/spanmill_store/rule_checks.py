"""What was measured of rules as instruments: kept by rule version, and whether it was enough."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import astuple, dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal, Self

from spanmill_store.client import Store

_COLUMNS: Final = ("Rule", "RuleVersion", "Time", "Kind", "Segment", "Numbers", "Passed", "Reason")

VERDICT: Final = "check"
"""Kind of the row that says what a check came to."""

KINDS: Final = (
    "cases",
    "length",
    "confidence",
    "request",
    "choices",
    "documents",
    "repeats",
    "agreement",
    "rate",
    VERDICT,
)
"""What is measured, in the order in which it is."""

Version = tuple[str, str]
"""A rule and its version."""


@dataclass(frozen=True, slots=True)
class CheckRow:
    """
    One thing that was measured in one check.

    Attributes:
        segment: What part of the labels it is of, as ``ServiceName=shop``; '' for all.
        numbers: What was measured, by name; what is unknown is not there.
        passed: None where there is nothing to pass.
        reason: Why it did not pass, or ''.
    """

    rule: str
    version: str
    time: datetime
    kind: str
    segment: str = ""
    numbers: Mapping[str, float] = field(default_factory=dict, hash=False)
    passed: bool | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Trust:
    """
    Which rule versions are judges, and which of them have passed a check.

    Attributes:
        judges: Those that have given scores, and those that are in force.
        passed: Those whose newest check was passed, whatever they are.
    """

    judges: frozenset[Version]
    passed: frozenset[Version]

    @classmethod
    def read(cls, store: Store, in_force: Collection[Version] = ()) -> Self:
        """Ask *store*; *in_force* are judges besides, which may have no score yet."""
        return cls(_versions(store.rows("checks/judges")) | frozenset(in_force), _versions(store.rows("checks/passed")))

    def of(self, rule: str, version: str) -> Literal["", "proven", "unproven"]:
        """Say whether scores of this version can be trusted; '' where it is no judge, and there is nothing to prove."""
        if (rule, version) in self.passed:
            return "proven"
        return "unproven" if (rule, version) in self.judges else ""


def insert(store: Store, rows: Iterable[CheckRow]) -> None:
    """Keep the *rows* of one check."""
    store.insert("rule_checks", _COLUMNS, [astuple(row) for row in rows])


def latest(store: Store, rule: str, version: str) -> list[CheckRow]:
    """Return the rows of the newest check of a rule version in their order, none where nobody has checked it."""
    rows = store.rows("checks/latest", rule=rule, version=version)
    found = [CheckRow(*(_aware(row[column]) for column in _COLUMNS)) for row in rows]
    return sorted(found, key=lambda row: (KINDS.index(row.kind), row.segment))


def _versions(rows: Iterable[Mapping[str, str]]) -> frozenset[Version]:
    return frozenset((row["Rule"], row["RuleVersion"]) for row in rows)


def _aware(cell: Any) -> Any:
    """The driver leaves out that times are in UTC."""
    return cell.replace(tzinfo=UTC) if isinstance(cell, datetime) else cell
