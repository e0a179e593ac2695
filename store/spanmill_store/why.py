"""What is known of how a trace came to be scored, or not: whether it is complete, and what each rule decided."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from spanmill_store.client import Store


@dataclass(frozen=True, slots=True)
class TraceState:
    """
    Whether a trace is complete.

    Attributes:
        open_spans: Ids of spans below which others came, and that did not come themselves.
        idle_for_s: Since when nothing came.
        lateness_s: How late spans of its service come, as was learned; 0 where nothing was.
        complete_since: When it was found to be complete, the last time; None: it was not.
        revision: How often late spans have changed it since the first time.
        reason: What it was complete for.
        idle_s: After how long without a span.
    """

    project: str
    service: str
    has_root: bool
    open_spans: tuple[str, ...]
    idle_for_s: float
    lateness_s: float
    complete_since: datetime | None
    revision: int
    reason: str
    idle_s: float


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a trace, or of the span with this id, under one version of one rule, and its score, if any."""

    project: str
    rule: str
    rule_version: str
    span_id: str
    state: str
    reason: str
    time: datetime
    revision: int
    probability: float
    stratum: str
    value: float | None
    label: str
    rationale: str


def trace_states(store: Store, trace_id: str) -> list[TraceState]:
    """Return the state of a trace in each project that has it."""
    return [_state(row) for row in store.rows("why/trace", trace_id=trace_id)]


def decisions(store: Store, trace_id: str) -> list[Decision]:
    """Return what every rule has decided about a trace and its spans, by project and rule."""
    return [Decision(*row.values()) for row in store.rows("why/decisions", trace_id=trace_id)]


def _state(row: dict[str, Any]) -> TraceState:
    return TraceState(
        project=row["Project"],
        service=row["ServiceName"],
        has_root=bool(row["HasRoot"]),
        open_spans=tuple(row["OpenSpans"]),
        idle_for_s=float(row["IdleForS"]),
        lateness_s=float(row["LatenessS"]),
        complete_since=row["CompleteSince"] if row["IsComplete"] else None,
        revision=row["Revision"],
        reason=row["Reason"],
        idle_s=float(row["IdleS"]),
    )
