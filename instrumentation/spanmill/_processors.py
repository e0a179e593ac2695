"""OpenTelemetry's processors as the shim needs them: what ends goes into an outbox, whatever fails."""

import copy
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Generic, TypeVar

from opentelemetry.context import Context
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.sdk._logs import LogRecordProcessor, ReadableLogRecord, ReadWriteLogRecord
from opentelemetry.sdk._logs.export import LogRecordExporter, LogRecordExportResult
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from spanmill._exporter import DeferredExporter, DeferredLogExporter
from spanmill._guard import Guard
from spanmill._losses import Losses
from spanmill._outbox import THREAD, Outbox
from spanmill._waiting import Limits

_BASE_BYTES: Final = 500
"""What a span or a record weighs without its texts, about."""

EXPORTERS: Final = "opentelemetry.exporter"

Item = TypeVar("Item")


class Sender(Generic[Item]):
    """What both have in common: an outbox, and an exporter that is shut down once."""

    def __init__(
        self, outbox: Outbox[Item], exporter: SpanExporter | LogRecordExporter, guard: Guard, exit_timeout_s: float
    ) -> None:
        self.outbox = outbox
        self._exporter = exporter
        self._guard = guard
        self._exit_timeout_s = exit_timeout_s
        self._is_shut_down = False

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Send what is queued; whether that was done in time."""
        return self.outbox.flush(timeout_millis / 1000)

    def shutdown(self) -> None:
        """Send what is queued, for as long as the time-out allows; then drop the rest."""
        if self._is_shut_down:
            return
        self._is_shut_down = True
        with self._guard.attempt("shut down"):
            self.outbox.close(self._exit_timeout_s)
            self._exporter.shutdown()


class SpanSender(Sender[ReadableSpan], SpanProcessor):
    """Sends what is sampled."""

    def __init__(
        self, exporter: DeferredExporter, guard: Guard, losses: Losses, limits: Limits, exit_timeout_s: float
    ) -> None:
        def export(batch: Sequence[ReadableSpan]) -> bool:
            return exporter.export(batch) is SpanExportResult.SUCCESS

        send = _sending(export, guard, None if exporter.reserve else losses)
        outbox = Outbox(send, _weight, losses, limits, guard, exporter.reserve)
        super().__init__(outbox, exporter, guard, exit_timeout_s)

    def on_end(self, span: ReadableSpan) -> None:
        """Queue *span*."""
        try:
            self.outbox.put(span)
        except Exception as error:
            self._guard.report("queue a span", error)


class Watch(SpanProcessor):
    """A processor that does what *begins* does with a span that begins, and *sender* with one that ends."""

    def __init__(self, begins: SpanProcessor, sender: SpanSender) -> None:
        # OpenTelemetry calls every processor four times for a span, whether it has anything to do or not. Four calls
        # less are one part in a hundred of a small web service's time; so these are theirs, without another between.
        self.on_start = begins.on_start  # type: ignore[method-assign]
        self.on_end = sender.on_end  # type: ignore[method-assign]
        self.force_flush = sender.force_flush  # type: ignore[method-assign]
        self.shutdown = sender.shutdown  # type: ignore[method-assign]


class ScoreSender(Sender[ReadableLogRecord], LogRecordProcessor):
    """Sends log records, which carry scores."""

    def __init__(
        self, exporter: DeferredLogExporter, guard: Guard, losses: Losses, limits: Limits, exit_timeout_s: float
    ) -> None:
        def export(batch: Sequence[ReadableLogRecord]) -> bool:
            return exporter.export(batch) is LogRecordExportResult.SUCCESS

        send = _sending(export, guard, None if exporter.reserve else losses)
        outbox = Outbox(send, _record_bytes, losses, limits, guard, exporter.reserve)
        super().__init__(outbox, exporter, guard, exit_timeout_s)

    def on_emit(self, log_record: ReadWriteLogRecord) -> None:
        """Queue *log_record*."""
        with self._guard.attempt("queue a score"):
            self.outbox.put(_readable(log_record))


class ExportersLog(logging.Filter):
    """
    Keeps for the minute's line what exporters log while they send for the shim, which is a line for each try.

    What they say elsewhere, for exporters of the application's own, is not touched.
    """

    def __init__(self, losses: Losses) -> None:
        super().__init__()
        self._losses = losses

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether *record* is to be logged as it is."""
        if threading.current_thread().name != THREAD:
            return True
        self._losses.detail = record.getMessage()
        return False


def quieten(losses: Losses) -> None:
    """Let exporters that are loaded tell *losses* why they could not send, instead of the log."""
    said = ExportersLog(losses)
    for name in [name for name in logging.root.manager.loggerDict if name.startswith(EXPORTERS)]:
        logging.getLogger(name).addFilter(said)


def _sending(
    export: Callable[[Sequence[Item]], bool], guard: Guard, losses: Losses | None
) -> Callable[[Sequence[Item]], bool]:
    """*losses* forget why an exporter failed as soon as it does not; None: it tells them so itself."""

    def send(batch: Sequence[Item]) -> bool:
        is_taken = False
        with guard.attempt("send a batch"), suppress_instrumentation():
            is_taken = export(batch)
        if is_taken and losses is not None:
            losses.detail = ""
        return is_taken

    return send


def _readable(log_record: ReadWriteLogRecord) -> ReadableLogRecord:
    """Without its context, which may hold much and be held for long."""
    record = copy.copy(log_record.log_record)
    record.context = Context()
    return ReadableLogRecord(
        log_record=record,
        resource=log_record.resource or Resource.create({}),
        instrumentation_scope=log_record.instrumentation_scope,
        limits=log_record.limits,
    )


def _weight(span: ReadableSpan) -> int | None:
    context = span.context
    return span_bytes(span) if context is not None and context.trace_flags.sampled else None


def span_bytes(span: ReadableSpan) -> int:
    """Return what *span* weighs, about."""
    size = _BASE_BYTES + _chars(span.attributes)
    if span._events:  # noqa: SLF001 - asked for in public they are copied, and most spans have none
        for event in span.events:
            size += _chars(event.attributes)
    return size


def _record_bytes(record: ReadableLogRecord) -> int:
    return _BASE_BYTES + _chars(record.log_record.attributes)


def _chars(attributes: Mapping[str, Any] | None) -> int:
    if not attributes:
        return 0
    # The SDK's attributes look up each value, in Python; their copy is a plain dictionary.
    copied = getattr(attributes, "copy", None)
    plain: Mapping[str, Any] = attributes if copied is None else copied()
    return sum([len(value) for value in plain.values() if isinstance(value, str)])
