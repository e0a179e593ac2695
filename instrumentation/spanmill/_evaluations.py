"""
Scores and feedback: what people and programs think of what was answered, sent as OpenTelemetry's evaluation results.

What is said of the current span is an event of it. What is said of another span, of a whole trace or of a conversation,
perhaps days later, is a log record that names it. The store makes the same score of both.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from spanmill._guard import Guard
from spanmill._recording import text_of

if TYPE_CHECKING:
    from opentelemetry._logs import Logger

EVENT: Final = "gen_ai.evaluation.result"


@dataclass(frozen=True, slots=True)
class Place:
    """What is scored: a span, a trace, or a conversation; nothing at all for the current span. Ids are hex."""

    trace_id: str | None = None
    span_id: str | None = None
    session_id: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """One score. Either a value or a label may be missing, and both, where there is a reason."""

    name: str
    value: float | bool | None
    label: str | None
    reason: str | None
    source: str

    def attributes(self) -> dict[str, str | float]:
        """Return it as OpenTelemetry names it."""
        said: dict[str, str | float] = {
            "gen_ai.evaluation.name": text_of(self.name),
            "spanmill.score.source": self.source,
        }
        if self.value is not None:
            said["gen_ai.evaluation.score.value"] = float(self.value)
        if self.label is not None:
            said["gen_ai.evaluation.score.label"] = text_of(self.label)
        if self.reason is not None:
            said["gen_ai.evaluation.explanation"] = text_of(self.reason)
        return said


class NowhereError(Exception):
    """A score belongs to nothing."""


class Evaluations:
    """
    Sends results.

    Attributes:
        logger: For what is said of anything but the current span; None until `spanmill.init`.
        captures: Take the place of it while there are any, the last one first (`spanmill.testing`).
        keep: Told the traces that people gave feedback on, which sampling may keep.
    """

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self.logger: Logger | None = None
        self.captures: list[Logger] = []
        self.keep: Callable[[int], None] | None = None

    def tell(self, result: Result, place: Place) -> None:
        """Send *result*."""
        with self._guard.attempt("record a score"):
            logger = self.captures[-1] if self.captures else self.logger
            if place == Place():
                place = self._of_current_span(result, is_heard=logger is not None)
            if place != Place() and logger is not None:
                self._of(place, logger, result.attributes())
        with self._guard.attempt("keep a trace"):
            if self.keep is not None and result.source == "user":
                self.keep(int(place.trace_id or self.current_trace_id() or "0", 16))

    def current_trace_id(self) -> str | None:
        """Return the id of the current trace, if there is one."""
        with self._guard.attempt("tell the current trace"):
            from opentelemetry import trace  # noqa: PLC0415 - the host may never ask

            context = trace.get_current_span().get_span_context()
            return trace.format_trace_id(context.trace_id) if context.is_valid else None
        return None

    def _of_current_span(self, result: Result, *, is_heard: bool) -> Place:
        """Add *result* to the current span; where sampling leaves that out, return the place to send it to instead."""
        from opentelemetry import trace  # noqa: PLC0415 - the host may never score

        span = trace.get_current_span()
        context = span.get_span_context()
        if not context.is_valid:
            if not is_heard:
                return Place()  # Nothing is recorded at all.
            raise NowhereError(f"score {result.name!r} has no current span: name a trace_id or a session_id")
        if is_heard and not context.trace_flags.sampled:
            return Place(trace.format_trace_id(context.trace_id), trace.format_span_id(context.span_id))
        span.add_event(EVENT, result.attributes())
        return Place()

    def _of(self, place: Place, logger: "Logger", attributes: Mapping[str, str | float]) -> None:
        from opentelemetry import _logs, trace  # noqa: PLC0415 - the host may never score

        said = dict(attributes)
        if place.session_id is not None:
            said["session.id"] = text_of(place.session_id)
        ids = trace.SpanContext(
            _number(place.trace_id, "trace_id", 32), _number(place.span_id, "span_id", 16), is_remote=True
        )
        context = trace.set_span_in_context(trace.NonRecordingSpan(ids))
        logger.emit(_logs.LogRecord(timestamp=time.time_ns(), context=context, attributes=said, event_name=EVENT))


def _number(text: str | None, name: str, digits: int) -> int:
    if text is None:
        return 0
    try:
        number = int(text, 16) if len(text) == digits else 0
    except ValueError:
        number = 0
    if not number:
        raise ValueError(f"{name} {text[:40]!r} is not {digits} hexadecimal digits")
    return number
