"""SQL scorers: what a rule's expressions or SELECT say about a batch of targets, computed inside ClickHouse."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from spanmill_store.client import Store
from spanmill_store.scoring.predicates import Scope
from spanmill_store.scoring.templates import filled
from spanmill_store.targets import TargetId

EVALUATE: Final[Mapping[Scope, str]] = {"trace": "scoring/evaluate_traces", "span": "scoring/evaluate_spans"}
"""Queries for a rule's expressions, by scope."""

EVALUATE_SELECT: Final = "scoring/evaluate_select"
"""The query for a rule's own SELECT."""


@dataclass(frozen=True, slots=True)
class SqlScore:
    """One row that a SQL scorer returned, as yet unchecked; a SELECT does not say of which project it is."""

    project: str | None
    trace_id: str
    span_id: str
    value: object
    label: object
    reason: object


def evaluate(store: Store, scope: Scope, parts: Mapping[str, str], ids: Sequence[TargetId]) -> list[SqlScore]:
    """
    Return what the SQL *parts* (``value``, ``label``, ``reason``, or ``select``) say about the targets *ids*.

    Raises:
        QueryRejected: ClickHouse could not compute it for one of them.
    """
    params: dict[str, object] = {"trace_ids": sorted({target.trace_id for target in ids})}
    if "select" in parts:
        rows = store.select(filled(EVALUATE_SELECT, parts), params)
        return [
            SqlScore(
                None, row["TraceId"], row.get("SpanId") or "", row.get("value"), row.get("label"), row.get("reason")
            )
            for row in rows
        ]
    if scope == "span":
        params["span_ids"] = sorted({target.span_id for target in ids})
    rows = store.select(filled(EVALUATE[scope], parts), params)
    columns = ("Project", "TraceId", "SpanId", "spanmill_value", "spanmill_label", "spanmill_reason")
    return [SqlScore(*(row[column] for column in columns)) for row in rows]
