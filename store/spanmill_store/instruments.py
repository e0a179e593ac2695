"""What a rule is measured against: what people said, what the rule said, and what it says of all traffic."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from spanmill_store.client import Store
from spanmill_store.estimates import Sums
from spanmill_store.targets import TargetId

BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody, or a rule, said of a target."""

    target: TargetId
    value: float | None
    label: str


@dataclass(frozen=True, slots=True)
class Scores:
    """Names the scores of one version of a rule."""

    rule: str
    version: str
    name: str


@dataclass(frozen=True, slots=True)
class Bad:
    """Which scores are bad, where any condition suffices."""

    below: float = -math.inf
    above: float = math.inf
    labels: tuple[str, ...] = ()


def labels(store: Store, name: str, days: int, limit: int) -> list[Said]:
    """Return what people said under *name* in the last *days*, the newest first, each person by himself."""
    return [_said(row) for row in store.rows("checks/labels", name=name, days=days, limit=limit)]


def scored(store: Store, scores: Scores, targets: Sequence[TargetId]) -> dict[TargetId, Said]:
    """Return what *scores* say of *targets*, of those that have one."""
    wanted = set(targets)
    found: dict[TargetId, Said] = {}
    for trace_ids in _batches(sorted({target.trace_id for target in targets})):
        rows = store.rows(
            "checks/scored", rule=scores.rule, version=scores.version, name=scores.name, trace_ids=trace_ids
        )
        found |= {said.target: said for said in map(_said, rows) if said.target in wanted}
    return found


def some_targets(store: Store, rule: str, days: int, limit: int) -> list[TargetId]:
    """Return at most *limit* targets that *rule* has scored in the last *days*, chosen without regard to the scores."""
    return [_target(row) for row in store.rows("checks/targets", rule=rule, days=days, limit=limit)]


def called_bad(store: Store, scores: Scores, bad: Bad, days: int) -> Sums:
    """Sum up over *scores* of the last *days*, 1 for each that is *bad* and 0 for each other one."""
    [row] = store.rows(
        "checks/called_bad",
        rule=scores.rule,
        version=scores.version,
        name=scores.name,
        days=days,
        below=bad.below,
        above=bad.above,
        labels=list(bad.labels),
    )
    return Sums.from_row(row)


def _said(row: dict[str, Any]) -> Said:
    return Said(_target(row), row["Value"], row["Label"])


def _target(row: dict[str, Any]) -> TargetId:
    return TargetId(row["Project"], row["TraceId"], row["SpanId"])


def _batches(trace_ids: Sequence[str]) -> Iterator[list[str]]:
    rest = iter(trace_ids)
    while batch := list(islice(rest, BATCH)):
        yield batch
