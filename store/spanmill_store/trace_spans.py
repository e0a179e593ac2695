"""The spans of one trace: all of them without content, to be drawn as a tree, and one with everything."""

from typing import Any

from spanmill_store.client import Store


def skeleton(store: Store, trace_id: str, project: str = "default") -> list[dict[str, Any]]:
    """
    Give the spans of a trace in start order, each once, without what was said in them; none if there is no such trace.

    Rows are those of ``traces/skeleton``. A trace of 30 000 spans is as many rows: whoever draws it folds it.
    """
    return store.rows("traces/skeleton", project=project, trace_id=trace_id)


def span(store: Store, trace_id: str, span_id: str, project: str = "default") -> dict[str, Any] | None:
    """Give one span with all columns of the view ``spans``, None where there is no such span."""
    rows = store.rows("traces/span", project=project, trace_id=trace_id, span_id=span_id)
    return rows[0] if rows else None
