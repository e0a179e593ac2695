"""Means of what rules scored, over all traffic: of values, and the share of each label."""

from dataclasses import dataclass
from typing import Any, Final

from spanmill_store.client import Store
from spanmill_store.estimates import Estimate, Sums, estimate
from spanmill_store.ledger import FAILURES

_Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Mean:
    """
    One mean.

    Attributes:
        part: The day, or '' for all of them.
        label: Whose share it is; '' for the mean of the values.
        failed: Targets of the rule version that were sampled and have no score: what the mean does not know of.
    """

    rule: str
    version: str
    name: str
    part: str
    label: str
    estimate: Estimate
    failed: int


def means(store: Store, *, rule: str = "", days: int = 7, by_day: bool = False) -> list[Mean]:
    """Return the means of the last *days*, of one rule where given, by rule, version, name and day."""
    asked = {"rule": rule, "days": days, "by": "day" if by_day else ""}
    failed = {
        (row["rule"], row["version"], row["part"]): int(row["failed"])
        for row in store.rows("scores/judged", failures=list(FAILURES), **asked)
    }
    rows = store.rows("scores/sums", **asked)
    everything = _totals(rows)
    found = []
    for row in rows:
        key = _key(row)
        sums = _share(row, everything[key]) if row["label"] else Sums.from_row(row)
        if (of := estimate(sums)) is not None:
            found.append(Mean(*key, row["label"], of, failed.get((key[0], key[1], key[3]), 0)))
    return found


def _key(row: dict[str, Any]) -> _Key:
    return (row["rule"], row["version"], row["name"], row["part"])


def _totals(rows: list[dict[str, Any]]) -> dict[_Key, tuple[int, float, float]]:
    """
    Scores and their sums of w and w² by rule, version, name and part.

    A rule gives values to all of its targets or labels to all of them, or both: the larger sum has them all.
    """
    values: dict[_Key, tuple[int, float, float]] = {}
    labels: dict[_Key, tuple[int, float, float]] = {}
    for row in rows:
        into = labels if row["label"] else values
        count, w, ww = into.get(_key(row), _NOTHING)
        into[_key(row)] = (count + int(row["count"]), w + row["w"], ww + row["ww"])
    return {key: max(values.get(key, _NOTHING), labels.get(key, _NOTHING)) for key in values | labels}


def _share(row: dict[str, Any], total: tuple[int, float, float]) -> Sums:
    """The sums of what is 1 where the label was given and else 0."""
    count, w, ww = total
    return Sums(count, w, ww, row["w"], row["ww"], row["ww"], is_binary=True)


_NOTHING: Final = (0, 0.0, 0.0)
