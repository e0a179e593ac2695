"""What a statement would read, as ClickHouse's EXPLAIN tells it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from spanmill_store.client import Store

_WHOLE = {"optimize_move_to_prewhere": 0, "query_plan_optimize_prewhere": 0}
"""Columns that are read early are then told with the others."""


@dataclass(frozen=True, slots=True)
class Index:
    """One step of choosing what to read: parts and granules before and after it."""

    kind: str
    name: str
    keys: frozenset[str]
    condition: str
    parts: tuple[int, int]
    granules: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Reading:
    """A table that is read, without its database."""

    table: str
    columns: frozenset[str]
    indexes: tuple[Index, ...]

    def uses(self, key: str) -> bool:
        """Whether an index knows something of the column *key*."""
        return any(key in index.keys and index.condition != "true" for index in self.indexes)

    @property
    def parts(self) -> tuple[int, int]:
        """How many parts there are, and how many of them are read."""
        return (self.indexes[0].parts[0], self.indexes[-1].parts[1]) if self.indexes else (0, 0)


def readings(
    store: Store,
    sql: str,
    values: Mapping[str, Any] | None = None,
    *,
    with_sets: bool = True,
    settings: Mapping[str, Any] | None = None,
) -> list[Reading]:
    """
    Every reading of a table in *sql*.

    Args:
        store: Where it is explained.
        sql: A query.
        values: Of its parameters.
        with_sets: Sub-queries behind IN are answered for the sake of indexes, and are then not in the plan themselves.
        settings: Further settings under which it would run.
    """
    settings = {**(settings or {}), **_WHOLE, "use_index_for_in_with_subqueries": int(with_sets)}
    rows = store.select(f"EXPLAIN PLAN json = 1, indexes = 1, header = 1 {sql}", values, settings=settings)
    [plan] = json.loads("\n".join(row["explain"] for row in rows))
    return list(_readings(plan["Plan"]))


def _readings(node: Mapping[str, Any]) -> Iterator[Reading]:
    if node["Node Type"].startswith("ReadFromMergeTree"):
        table = node["Description"].rpartition(".")[2]
        columns = frozenset(column["Name"] for column in node["Header"])
        yield Reading(table, columns, tuple(map(_index, node.get("Indexes", []))))
    for child in node.get("Plans", []):
        yield from _readings(child)


def _index(step: Mapping[str, Any]) -> Index:
    return Index(
        kind=step["Type"],
        name=step.get("Name", ""),
        keys=frozenset(step.get("Keys", ())),
        condition=step.get("Condition", ""),
        parts=(step["Initial Parts"], step["Selected Parts"]),
        granules=(step["Initial Granules"], step["Selected Granules"]),
    )
