"""Scores and feedback that a capture keeps: those of current spans are their events, all others log records."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from opentelemetry import trace
from opentelemetry._logs import Logger, LogRecord

from spanmill._evaluations import EVENT
from spanmill.testing._records import Records


@dataclass(frozen=True)
class CapturedScore:
    """
    What `spanmill.score` or `spanmill.feedback` said, and of what.

    Attributes:
        name: Of the score, ``feedback.thumbs`` and so on for feedback.
        value: A number; truth values are 1 and 0.
        label: A word.
        reason: Why.
        source: ``api`` for scores, ``user`` for feedback.
        trace_id: Of the trace, 32 hexadecimal digits; None where only a conversation was named.
        span_id: Of the span, 16 hexadecimal digits; None where the whole trace is meant.
        session_id: Of the conversation, where one was named.
    """

    name: str
    value: float | None
    label: str | None
    reason: str | None
    source: str | None
    trace_id: str | None
    span_id: str | None
    session_id: str | None


class ScoreLog(Logger):
    """Keeps the records that would have been sent."""

    def __init__(self) -> None:
        super().__init__("spanmill")
        self._records: list[LogRecord] = []

    def emit(self, record: LogRecord | None = None, **_: Any) -> None:
        """Keep *record*."""
        if record is not None:
            self._records.append(record)

    def enabled(self, **_: Any) -> bool:
        """Return True: newer versions of OpenTelemetry ask."""
        return True

    def scores(self, spans: Records) -> tuple[CapturedScore, ...]:
        """Return them, and those on *spans*, in the order in which they were told."""
        told = [(record.timestamp or 0, _of_record(record)) for record in self._records]
        told += [(when, _score(said, span.get_span_context(), None)) for when, span, said in spans.events(EVENT)]
        return tuple(score for _, score in sorted(told, key=lambda one: one[0]))


def _of_record(record: LogRecord) -> CapturedScore:
    said = dict(record.attributes or {})
    context = trace.get_current_span(record.context).get_span_context()
    session_id = said.get("session.id")
    return _score(said, context, None if session_id is None else str(session_id))


def _score(said: Mapping[str, Any], context: trace.SpanContext, session_id: str | None) -> CapturedScore:
    return CapturedScore(
        name=said["gen_ai.evaluation.name"],
        value=said.get("gen_ai.evaluation.score.value"),
        label=said.get("gen_ai.evaluation.score.label"),
        reason=said.get("gen_ai.evaluation.explanation"),
        source=said.get("spanmill.score.source"),
        trace_id=trace.format_trace_id(context.trace_id) if context.trace_id else None,
        span_id=trace.format_span_id(context.span_id) if context.span_id else None,
        session_id=session_id,
    )
