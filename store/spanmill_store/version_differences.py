"""Two versions of one rule on the same targets: what changed, with an interval."""

from dataclasses import dataclass
from typing import Any

from spanmill_store.client import Store
from spanmill_store.estimates import Estimate, Sums, estimate


@dataclass(frozen=True, slots=True)
class Difference:
    """
    How what a rule says under one name has changed.

    Attributes:
        old_targets, new_targets: Targets that each version has scored.
        pairs: Targets that both have.
        changed: Pairs whose verdict changed: the label, or the value where there is no label.
        up, down: Pairs whose value rose and fell.
        old_mean, new_mean: Of the values of pairs, weighted by how they were sampled; None where there are none.
        estimate: Of the mean of new - old over all traffic; None where there are no values.
    """

    name: str
    old_targets: int
    new_targets: int
    pairs: int
    changed: int
    up: int
    down: int
    old_mean: float | None
    new_mean: float | None
    estimate: Estimate | None


@dataclass(frozen=True, slots=True)
class Example:
    """A target about which two versions disagree."""

    project: str
    trace_id: str
    span_id: str
    name: str
    old_value: float | None
    new_value: float | None
    old_label: str
    new_label: str
    old_rationale: str
    new_rationale: str


def differences(store: Store, rule: str, old: str, new: str) -> list[Difference]:
    """Return how *rule* changed from version *old* to *new*, by the names of its scores."""
    asked = {"rule": rule, "old": old, "new": new}
    scored = {(row["version"], row["name"]): int(row["targets"]) for row in store.rows("compared/scored", **asked)}
    paired = {row["name"]: row for row in store.rows("compared/sums", **asked)}
    names = sorted({name for _, name in scored})
    return [
        _difference(name, scored.get((old, name), 0), scored.get((new, name), 0), paired.get(name)) for name in names
    ]


def examples(store: Store, rule: str, old: str, new: str, limit: int) -> list[Example]:
    """Return targets whose verdict changed, the largest differences first."""
    columns = ("Project", "TraceId", "SpanId", "Name", "OldValue", "NewValue", "OldLabel", "NewLabel")
    texts = ("OldRationale", "NewRationale")
    rows = store.rows("compared/examples", rule=rule, old=old, new=new, limit=limit)
    return [Example(*(row[column] for column in (*columns, *texts))) for row in rows]


def _difference(name: str, old_targets: int, new_targets: int, row: dict[str, Any] | None) -> Difference:
    if row is None:
        return Difference(name, old_targets, new_targets, 0, 0, 0, 0, None, None, None)
    sums = Sums(row["count"], row["w"], row["ww"], row["wy"], row["wwy"], row["wwyy"], is_binary=False)
    old_mean, new_mean = (row["w_old"] / row["w"], row["w_new"] / row["w"]) if row["w"] else (None, None)
    return Difference(
        name,
        old_targets,
        new_targets,
        pairs=int(row["pairs"]),
        changed=int(row["changed"]),
        up=int(row["up"]),
        down=int(row["down"]),
        old_mean=old_mean,
        new_mean=new_mean,
        estimate=estimate(sums),
    )
