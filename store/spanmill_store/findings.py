"""What rules have found since a time: flags, and scores whose label is an ambiguous one."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from spanmill_store.client import Store
from spanmill_store.targets import TargetId
from spanmill_store.times import in_utc

PAGE: Final = 5_000


@dataclass(frozen=True, slots=True)
class Finding:
    """
    A target that a rule has found worth a look.

    Attributes:
        time: Of the flag or score.
        is_withdrawn: Late spans came, and it is not bad any more.
    """

    target: TargetId
    time: datetime
    session_id: str
    rule: str
    rule_version: str
    score_name: str
    value: float | None
    label: str
    reason: str
    is_withdrawn: bool


def flags(store: Store, rules: Sequence[str], since_ns: int) -> Iterator[list[Finding]]:
    """Give the flags that *rules* set or withdrew since a time, nanoseconds since 1970, in pages, oldest first."""
    return _pages(store, "findings/flags", rules, {"rules": list(rules), "since_ns": since_ns})


def unsure(store: Store, labels: Mapping[str, Sequence[str]], since_ns: int) -> Iterator[list[Finding]]:
    """Give the scores since a time whose label is one of those that *labels* has for their rule, in pages."""
    pairs = [(rule, label) for rule, ambiguous in labels.items() for label in ambiguous]
    params = {"rules": [rule for rule, _ in pairs], "labels": [label for _, label in pairs], "since_ns": since_ns}
    return _pages(store, "findings/unsure", pairs, params)


def _pages(store: Store, query: str, asked: Sequence[object], params: Mapping[str, Any]) -> Iterator[list[Finding]]:
    after = ""
    for _ in itertools.count() if asked else ():
        rows = store.rows(query, after=after, limit=PAGE, **params)
        if rows:
            yield [_finding(row) for row in rows]
            after = rows[-1]["Place"]
        if len(rows) < PAGE:
            return


def _finding(row: Mapping[str, Any]) -> Finding:
    return Finding(
        target=TargetId(row["Project"], row["TraceId"], row["SpanId"], "" if row["TraceId"] else row["SessionId"]),
        time=in_utc(row["Time"]),
        session_id=row["SessionId"],
        rule=row["Rule"],
        rule_version=row["RuleVersion"],
        score_name=row["ScoreName"],
        value=row["Value"],
        label=row["Label"],
        reason=row["Reason"],
        is_withdrawn=bool(row["IsWithdrawn"]),
    )
