"""What a capture keeps while it lasts: spans in the order in which they began."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor

from spanmill.testing._spans import CapturedSpan, captured_span


@dataclass(slots=True)
class Record:
    """A span, and when it began and ended by the capture's clock, in nanoseconds."""

    span: Span
    began_ns: int
    ended_ns: int | None = None

    def duration_ns(self) -> int | None:
        """Return None while the span lasts."""
        return None if self.ended_ns is None else self.ended_ns - self.began_ns


class Records(SpanProcessor):
    """Keeps every span, ended or not. Without a *clock* their own times count."""

    def __init__(self, clock: Callable[[], int] | None) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._records: dict[tuple[int, int], Record] = {}

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:  # noqa: ARG002 - see SpanProcessor
        """Keep it."""
        with self._lock:
            self._records[_key(span.get_span_context())] = Record(span, self._now(span.start_time))

    def on_end(self, span: ReadableSpan) -> None:
        """Keep when."""
        with self._lock:
            record = self._records[_key(span.get_span_context())]
            record.ended_ns = self._now(span.end_time)

    def has(self, context: trace.SpanContext) -> bool:
        """Whether *context* is that of a span in here; that of another capture may bear the same numbers."""
        record = self._records.get(_key(context))
        return record is not None and record.span.get_span_context() is context

    def spans(self) -> tuple[CapturedSpan, ...]:
        """Return them as they stand."""
        with self._lock:
            records = dict(self._records)
        read: dict[tuple[int, int], CapturedSpan] = {}
        for key, record in records.items():
            parent = read.get(_key(record.span.parent))
            read[key] = captured_span(record.span, parent, record.duration_ns())
        return tuple(read.values())

    def events(self, name: str) -> list[tuple[int, Span, dict[str, object]]]:
        """Return all events called *name*: when, on which span, and what they say."""
        with self._lock:
            spans = [record.span for record in self._records.values()]
        return [
            (event.timestamp, span, dict(event.attributes or {}))
            for span in spans
            for event in span.events
            if event.name == name
        ]

    def _now(self, own_ns: int | None) -> int:
        return self._clock() if self._clock is not None else own_ns or 0


def _key(context: trace.SpanContext | None) -> tuple[int, int]:
    return (0, 0) if context is None else (context.trace_id, context.span_id)
