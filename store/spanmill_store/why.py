"""How a trace or a session came to be scored, or not: whether it is complete, and what each rule decided."""

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
        sent: Which share of such traces the application sends.
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
    sent: float


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a trace, of a span of it, or of a session, under one version of one rule, and its score."""

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


@dataclass(frozen=True, slots=True)
class SessionState:
    """
    Whether a session is complete.

    Attributes:
        trace_count: Traces that are stored.
        open_count: Those of them that are not complete as they are.
        idle_for_s: Since when nothing came.
        complete_since: When it was found to be complete, the last time; None: it was not.
        revision: How often it has gone on since the first time.
        reason: ``idle`` or ``long``.
        sent: Which share of such sessions the application sends.
    """

    project: str
    trace_count: int
    open_count: int
    idle_for_s: float
    complete_since: datetime | None
    revision: int
    reason: str
    sent: float


def session_states(store: Store, session_id: str) -> list[SessionState]:
    """Return the state of a session in each project that has it."""
    return [_session_state(row) for row in store.rows("why/session", session_id=session_id)]


def _session_state(row: dict[str, Any]) -> SessionState:
    return SessionState(
        project=row["Project"],
        trace_count=row["TraceCount"],
        open_count=row["OpenCount"],
        idle_for_s=float(row["IdleForS"]),
        complete_since=row["CompleteSince"] if row["IsComplete"] else None,
        revision=row["Revision"],
        reason=row["Reason"],
        sent=row["Sent"],
    )


def decisions(store: Store, *, trace_id: str = "", session_id: str = "") -> list[Decision]:
    """Return what every rule has decided about a trace and its spans, or about a session, by project and rule."""
    rows = store.rows("why/decisions", trace_id=trace_id, session_id=session_id)
    return [Decision(*row.values()) for row in rows]


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
        sent=row["Sent"],
    )
