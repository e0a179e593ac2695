"""
The proof: every column of every table that can hold text is searched for the id itself and for the ids of its traces.

The search knows nothing of what was deleted and how. It is made from the server's own list of columns, so it finds what
a new table, a new column or a mistake of ours has left.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from spanmill_store import queries
from spanmill_store.client import Store
from spanmill_store.forgetting.subjects import UNLOGGED
from spanmill_store.scoring.templates import filled

MIN_MENTION_CHARS: Final = 8
"""A shorter id is looked for as a whole value only: `7` or `anna` in the middle of a text may be anything."""

_OURS: Final = frozenset({"forgetting"})
"""The list that says what is looked for."""

_NAMES: Final = frozenset({"Project", "KeyId"})
"""Columns with names that the operator gave."""

_TEXT: Final = frozenset(
    {"String", "LowCardinality(String)", "Nullable(String)", "LowCardinality(Nullable(String))"}
    | {f"SimpleAggregateFunction({how}, String)" for how in ("min", "max", "any")}
)
_TEXTS: Final = frozenset({"Array(String)", "Array(LowCardinality(String))"})


@dataclass(frozen=True, slots=True)
class Found:
    """
    Rows of a table that still hold what should be gone.

    Attributes:
        traces: Some of their traces.
    """

    table: str
    rows: int
    traces: tuple[str, ...]


def search(store: Store, number: int, identity: str, *, without: Iterable[str] = ()) -> list[Found]:
    """Look for *identity* and for the traces in the list *number* in every table, except those *without*."""
    columns = store.rows("forget/columns")
    [row] = store.select(queries.text("forget/json"), {"id": identity}, settings=UNLOGGED)
    left_out = _OURS.union(without)
    found = []
    for table, group in groupby(columns, key=lambda column: str(column["Table"])):
        if table not in left_out:
            types = {column["Name"]: column["Type"] for column in group if column["Name"] not in _NAMES}
            found.append(_searched(store, table, types, {"id": identity, "id_json": row["Json"], "pass": number}))
    return found


def _searched(store: Store, table: str, types: Mapping[str, str], parameters: Mapping[str, object]) -> Found:
    is_long = len(str(parameters["id"])) >= MIN_MENTION_CHARS
    values = dict(parameters)
    if is_long:
        values["id_json"] = str(values["id_json"])[1:-1]
    conditions = [condition for name, kind in types.items() for condition in _conditions(name, kind, is_long=is_long)]
    if not conditions:
        return Found(table, 0, ())
    parts = {"where": "\n    OR ".join(conditions)}
    if "TraceId" in types:
        parts["trace"] = "TraceId"
    statement = filled("forget/search", parts)
    [row] = store.select(statement, {**values, "table": table}, settings=UNLOGGED)
    return Found(table, row["Rows"], tuple(trace for trace in row["Traces"] if trace))


def _conditions(name: str, kind: str, *, is_long: bool) -> list[str]:
    """Return when the column *name* of type *kind* holds the id, or one of the traces."""
    column = "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"
    staged = "(SELECT Id FROM forgetting WHERE Pass = {pass:UInt64} AND What = 'trace')"
    if kind in _TEXT:
        holds = "position(ifNull({}, ''), {{id:String}}) > 0" if is_long else "ifNull({}, '') = {{id:String}}"
        return [holds.format(column), f"ifNull({column}, '') IN {staged}"]
    holds_json = f"position(toJSONString({column}), {{id_json:String}}) > 0"
    if kind in _TEXTS:
        return [holds_json, f"arrayExists(one -> one IN {staged}, {column})"]
    if kind.startswith("Map("):
        return [holds_json, f"arrayExists(one -> toString(one) IN {staged}, mapValues({column}))"]
    return [holds_json]
