"""Opens the spool where an application asks for it, and puts it between the masker and the collector."""

import functools
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, Generic, TypeVar

from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk._logs.export import LogRecordExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter

from spanmill._guard import Guard
from spanmill._losses import Losses
from spanmill._target import Signal, Target
from spanmill.masking.masker import Masker
from spanmill.spool.connection import Connection
from spanmill.spool.depot import Depot
from spanmill.spool.exporting import SpoolingLogs, SpoolingSpans, Way
from spanmill.spool.folder import MAX_BYTES, Folder

SPOOL_MAX_BYTES: Final = "SPANMILL_SPOOL_MAX_BYTES"

Item = TypeVar("Item")


class Reserve(Generic[Item]):
    """Where an outbox lets go of what it has neither room nor time to send."""

    def __init__(self, depot: Depot, signal: Signal, encoded: Callable[[Sequence[Item]], tuple[int, bytes]]) -> None:
        self._depot = depot
        self._signal = signal
        self._encoded = encoded

    def keep(self, batch: Sequence[Item]) -> bool:
        """Write *batch*; False where that failed."""
        items, data = self._encoded(batch)
        return not items or self._depot.store(self._signal, items, data)

    def resend(self) -> bool:
        """Send a batch that was written; whether there may be more."""
        return self._depot.resend()


class Spool:
    """Builds what sends, or writes, in the place of OpenTelemetry's exporters, which it falls back on."""

    def __init__(self, depot: Depot, masker: Masker) -> None:
        self._depot = depot
        self._masker = masker

    def spans(self, plain: Callable[[], SpanExporter]) -> tuple[Callable[[], SpanExporter], Reserve[ReadableSpan]]:
        """Return what builds the exporter of spans, and where they are kept."""
        build = functools.partial(self._span_exporter, plain)
        return build, Reserve(self._depot, "traces", self._encoded_spans)

    def logs(
        self, plain: Callable[[], LogRecordExporter]
    ) -> tuple[Callable[[], LogRecordExporter], Reserve[ReadableLogRecord]]:
        """Return what builds the exporter of log records, and where they are kept."""
        build = functools.partial(self._log_exporter, plain)
        return build, Reserve(self._depot, "logs", self._encoded_logs)

    def _span_exporter(self, plain: Callable[[], SpanExporter]) -> SpanExporter:
        return SpoolingSpans(Way(self._depot, "traces"), plain)

    def _log_exporter(self, plain: Callable[[], LogRecordExporter]) -> LogRecordExporter:
        return SpoolingLogs(Way(self._depot, "logs"), plain)

    def _encoded_spans(self, batch: Sequence[ReadableSpan]) -> tuple[int, bytes]:
        masked = self._masker.spans(batch)
        return len(masked), encode_spans(masked).SerializeToString()

    def _encoded_logs(self, batch: Sequence[ReadableLogRecord]) -> tuple[int, bytes]:
        masked = self._masker.records(batch)
        return len(masked), encode_logs(masked).SerializeToString()


def opened(
    path: str | os.PathLike[str],
    targets: Mapping[Signal, Target],
    environment: Mapping[str, str],
    losses: Losses,
    guard: Guard,
    masker: Masker,
) -> Spool:
    """
    Return the spool in the folder *path*.

    Raises:
        OSError: It cannot be made, or not be written to.
    """
    max_bytes = environment.get(SPOOL_MAX_BYTES, "").strip()
    folder = Folder(Path(path).expanduser().absolute(), int(max_bytes) if max_bytes.isdecimal() else MAX_BYTES)
    connections = {signal: Connection.to(target, environment, signal) for signal, target in targets.items()}
    for connection in connections.values():
        connection.load()
    return Spool(Depot(folder, connections, losses, guard, logging.getLogger("spanmill")), masker)
