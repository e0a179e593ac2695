"""Exporters: built when the first spans leave, so that what is forked before that shares no connection."""

import functools
import importlib
import os
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk._logs.export import LogRecordExporter, LogRecordExportResult
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from spanmill._guard import Guard
from spanmill._target import Target
from spanmill.masking.masker import Masker

if TYPE_CHECKING:
    from spanmill._outbox import Reserve
    from spanmill.spool.opening import Spool


class Exporter(Protocol):
    """What exporters of all signals can do."""

    def shutdown(self) -> None:
        """Give up what is under way and refuse what comes."""

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Send what is held back."""


Kind = TypeVar("Kind", bound=Exporter)


class Deferred(Generic[Kind]):
    """
    Stands in for an exporter until it is needed.

    A forked child builds one of its own, because a connection does not survive a fork. A prefork server's parent has
    usually sent nothing by then, so that gRPC's threads, which do not survive one either, have not even begun.
    """

    def __init__(self, build: Callable[[], Kind], guard: Guard, masker: Masker) -> None:
        self._build = build
        self._guard = guard
        self._masker = masker
        self._lock = threading.Lock()
        self._built: Kind | None = None
        self._inherited: Kind | None = None
        self._is_shut_down = False
        if hasattr(os, "register_at_fork"):
            start_anew = weakref.WeakMethod(self._start_anew)
            os.register_at_fork(after_in_child=lambda: (method := start_anew()) and method())

    def shutdown(self) -> None:
        """Give up what is under way and refuse what comes."""
        with self._lock:
            self._is_shut_down = True
            built = self._built
        if built is not None:
            built.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Do nothing: exporters hold nothing back."""
        return self._built is None or self._built.force_flush(timeout_millis)

    def _exporter(self) -> Kind | None:
        with self._lock:
            if self._built is None and not self._is_shut_down:
                self._built = self._build()
            return self._built

    def _start_anew(self) -> None:
        self._lock = threading.Lock()
        # Kept, because a gRPC channel that is collected in a forked child may wait for threads that it does not have.
        self._inherited, self._built = self._built, None


class DeferredExporter(Deferred[SpanExporter], SpanExporter):
    """
    The same for spans.

    Attributes:
        reserve: Where spans are kept that cannot be sent; None: nowhere.
    """

    def __init__(
        self,
        build: Callable[[], SpanExporter],
        guard: Guard,
        masker: Masker,
        reserve: "Reserve[ReadableSpan] | None" = None,
    ) -> None:
        super().__init__(build, guard, masker)
        self.reserve = reserve

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send *spans*, masked."""
        with self._guard.attempt("send spans"):
            exporter = self._exporter()
            if exporter is not None:
                return exporter.export(self._masker.spans(spans))
        return SpanExportResult.FAILURE


class DeferredLogExporter(Deferred[LogRecordExporter], LogRecordExporter):
    """
    The same for log records.

    Attributes:
        reserve: Where records are kept that cannot be sent; None: nowhere.
    """

    def __init__(
        self,
        build: Callable[[], LogRecordExporter],
        guard: Guard,
        masker: Masker,
        reserve: "Reserve[ReadableLogRecord] | None" = None,
    ) -> None:
        super().__init__(build, guard, masker)
        self.reserve = reserve

    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        """Send *batch*, masked."""
        with self._guard.attempt("send scores"):
            exporter = self._exporter()
            if exporter is not None:
                return exporter.export(self._masker.records(batch))
        return LogRecordExportResult.FAILURE


def exporters(
    target: Target, environment: Mapping[str, str], guard: Guard, masker: Masker, spool: "Spool | None" = None
) -> list[DeferredExporter]:
    """One exporter for each name in ``OTEL_TRACES_EXPORTER`` (default: otlp, to *target*, with *spool*)."""
    found: list[DeferredExporter] = []
    for name in environment.get("OTEL_TRACES_EXPORTER", "otlp").split(","):
        if name.strip() not in {"", "none"}:
            with guard.attempt(f"load the exporter {name.strip()}"):
                build, reserve = _builder(name.strip(), target), None
                if spool is not None and name.strip() == "otlp":
                    build, reserve = spool.spans(build)
                found.append(DeferredExporter(build, guard, masker, reserve))
    return found


def _builder(name: str, target: Target) -> Callable[[], SpanExporter]:
    """Import the exporter at once, because imports may fail when the interpreter is about to end; build it later."""
    match name, target.protocol:
        case "otlp", "grpc":
            module = importlib.import_module("opentelemetry.exporter.otlp.proto.grpc.trace_exporter")
        case "otlp", _:
            module = importlib.import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
        case _:
            return _installed(name)
    return functools.partial(module.OTLPSpanExporter, endpoint=target.endpoint, headers=target.headers or None)


def _installed(name: str) -> Callable[[], SpanExporter]:
    found = next(iter(entry_points(group="opentelemetry_traces_exporter", name=name)), None)
    if found is None:
        raise LookupError(f"no exporter named {name!r} is installed (OTEL_TRACES_EXPORTER)")
    build: Callable[[], SpanExporter] = found.load()
    return build


def log_exporter(target: Target, guard: Guard, masker: Masker, spool: "Spool | None" = None) -> DeferredLogExporter:
    """The exporter of scores, to *target*, with *spool*."""
    over = "grpc" if target.protocol == "grpc" else "http"
    module = importlib.import_module(f"opentelemetry.exporter.otlp.proto.{over}._log_exporter")
    build = functools.partial(module.OTLPLogExporter, endpoint=target.endpoint, headers=target.headers or None)
    if spool is None:
        return DeferredLogExporter(build, guard, masker)
    spooled, reserve = spool.logs(build)
    return DeferredLogExporter(spooled, guard, masker, reserve)
