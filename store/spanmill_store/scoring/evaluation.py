"""SQL scorers: what a rule's expressions or SELECT say about a batch of targets, computed inside ClickHouse."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from spanmill_store import queries
from spanmill_store.client import Store
from spanmill_store.scoring.predicates import Scope
from spanmill_store.scoring.sources import place_of
from spanmill_store.scoring.templates import filled
from spanmill_store.targets import TargetId, keys_of

EVALUATE: Final[Mapping[Scope, str]] = {
    "trace": "scoring/evaluate_traces",
    "span": "scoring/evaluate_spans",
    "session": "scoring/evaluate_sessions",
}
"""Queries for a rule's expressions, by scope."""

EVALUATE_SELECT: Final[Mapping[Scope, str]] = {
    "trace": "scoring/evaluate_select",
    "span": "scoring/evaluate_select",
    "session": "scoring/evaluate_session_select",
}
"""Queries for a rule's own SELECT, by scope."""

_IDS: Final = ("Project", "TraceId", "SpanId", "SessionId")


@dataclass(frozen=True, slots=True)
class SqlScore:
    """
    One row that a SQL scorer returned, as yet unchecked.

    Attributes:
        project: '' where a SELECT over traces or spans does not say.
    """

    project: str
    trace_id: str
    span_id: str
    session_id: str
    value: object
    label: object
    reason: object


def evaluate(store: Store, scope: Scope, parts: Mapping[str, str], ids: Sequence[TargetId]) -> list[SqlScore]:
    """
    Return what the SQL *parts* (``value``, ``label``, ``reason``, or ``select``) say about the targets *ids*.

    Raises:
        QueryRejected: ClickHouse could not compute it for one of them.
    """
    params: dict[str, object] = {**keys_of(ids), "span_ids": sorted({target.span_id for target in ids})}
    if "select" in parts:
        rows = store.select(filled(EVALUATE_SELECT[scope], parts), params)
        return [_said(row, row.get("value"), row.get("label"), row.get("reason")) for row in rows]
    of_scope = (
        {"rows": queries.text("scoring/session_rows")} if scope == "session" else place_of(scope, *parts.values())
    )
    places = {**parts, **of_scope}
    rows = store.select(filled(EVALUATE[scope], places), params)
    return [_said(row, row["spanmill_value"], row["spanmill_label"], row["spanmill_reason"]) for row in rows]


def _said(row: Mapping[str, Any], value: object, label: object, reason: object) -> SqlScore:
    project, trace_id, span_id, session_id = (row.get(column) or "" for column in _IDS)
    return SqlScore(project, trace_id, span_id, session_id, value, label, reason)
