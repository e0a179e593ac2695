"""Exporters that send, or write to the spool: in the place of OpenTelemetry's where an application has asked for it."""

from collections.abc import Callable, Sequence

from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk._logs.export import LogRecordExporter, LogRecordExportResult
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from spanmill._losses import REFUSED
from spanmill._target import Signal
from spanmill.spool.depot import Depot
from spanmill.spool.verdicts import Verdict, Wire


class Way:
    """The way out of one signal: to the collector, or to the disk while that is away."""

    def __init__(self, depot: Depot, signal: Signal) -> None:
        self._depot = depot
        self._signal = signal
        self._wire: Wire = depot.connections[signal].open()
        self.is_closed = False

    def settle(self, items: int, data: bytes) -> bool:
        """Send a request, or write it; False where neither could be done."""
        if not items:
            return True
        verdict = self._verdict(data)
        if verdict is Verdict.REFUSED:
            self._depot.losses.count(REFUSED, items)
        if verdict in (Verdict.TAKEN, Verdict.REFUSED):
            return True
        # Once it is closed, somebody else has written what it was about to send.
        return not self.is_closed and self._depot.store(self._signal, items, data)

    def close(self) -> None:
        """Give up what is under way."""
        self.is_closed = True
        self._wire.close()
        self._depot.close()

    def _verdict(self, data: bytes) -> Verdict:
        health = self._depot.health[self._signal]
        if health.is_away():
            return Verdict.AWAY
        verdict = self._wire.send(data)
        health.note(verdict, self._wire.said)
        self._depot.losses.detail = "" if verdict is Verdict.TAKEN else self._wire.said
        return verdict


class SpoolingSpans(SpanExporter):
    """Sends or writes spans; where the disk fails, they are left to the exporter that *plain* builds, as without it."""

    def __init__(self, way: Way, plain: Callable[[], SpanExporter]) -> None:
        self._way = way
        self._plain = plain
        self._built: SpanExporter | None = None

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send *spans*, or write them."""
        if self._way.settle(len(spans), encode_spans(spans).SerializeToString()):
            return SpanExportResult.SUCCESS
        if self._way.is_closed:
            return SpanExportResult.FAILURE
        self._built = self._built or self._plain()
        return self._built.export(spans)

    def shutdown(self) -> None:
        """Give up what is under way and refuse what comes."""
        self._way.close()
        if self._built is not None:
            self._built.shutdown()


class SpoolingLogs(LogRecordExporter):
    """The same for log records."""

    def __init__(self, way: Way, plain: Callable[[], LogRecordExporter]) -> None:
        self._way = way
        self._plain = plain
        self._built: LogRecordExporter | None = None

    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        """Send *batch*, or write it."""
        if self._way.settle(len(batch), encode_logs(batch).SerializeToString()):
            return LogRecordExportResult.SUCCESS
        if self._way.is_closed:
            return LogRecordExportResult.FAILURE
        self._built = self._built or self._plain()
        return self._built.export(batch)

    def shutdown(self) -> None:
        """Give up what is under way and refuse what comes."""
        self._way.close()
        if self._built is not None:
            self._built.shutdown()  # type: ignore[no-untyped-call] # the SDK's

    def force_flush(self, timeout_millis: int = 30_000) -> bool:  # noqa: ARG002 - the SDK's
        """Do nothing: nothing is held back."""
        return True
