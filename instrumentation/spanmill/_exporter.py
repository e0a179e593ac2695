"""Exporters: built when the first spans leave, in the background, so that a host's start does not wait for gRPC."""

import logging
import os
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import entry_points

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from spanmill._guard import Guard
from spanmill._target import Target

logger = logging.getLogger(__name__)


class DeferredExporter(SpanExporter):
    """
    Stands in for an exporter until it is needed.

    A forked child builds one of its own, because a connection does not survive a fork. A prefork server's parent has
    usually sent nothing by then, so that gRPC, which does not like to be forked either, is not even loaded.
    """

    def __init__(self, build: Callable[[], SpanExporter], guard: Guard) -> None:
        self._build = build
        self._guard = guard
        self._lock = threading.Lock()
        self._built: SpanExporter | None = None
        self._inherited: SpanExporter | None = None
        self._is_shut_down = False
        if hasattr(os, "register_at_fork"):
            start_anew = weakref.WeakMethod(self._start_anew)
            os.register_at_fork(after_in_child=lambda: (method := start_anew()) and method())

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send *spans*."""
        with self._guard.attempt("send spans"):
            exporter = self._exporter()
            if exporter is not None:
                return exporter.export(spans)
        return SpanExportResult.FAILURE

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

    def _exporter(self) -> SpanExporter | None:
        with self._lock:
            if self._built is None and not self._is_shut_down:
                self._built = self._build()
            return self._built

    def _start_anew(self) -> None:
        self._lock = threading.Lock()
        # Kept, because a gRPC channel that is collected in a forked child may wait for threads that it does not have.
        self._inherited, self._built = self._built, None


def exporters(target: Target, environment: Mapping[str, str], guard: Guard) -> list[SpanExporter]:
    """One exporter for each name in ``OTEL_TRACES_EXPORTER`` (default: otlp, to *target*)."""
    names = [name.strip() for name in environment.get("OTEL_TRACES_EXPORTER", "otlp").split(",")]
    return [DeferredExporter(_builder(name, target), guard) for name in names if name and name != "none"]


def _builder(name: str, target: Target) -> Callable[[], SpanExporter]:
    match name:
        case "otlp":
            return lambda: _otlp(target)
        case _:
            return lambda: _installed(name)


def _otlp(target: Target) -> SpanExporter:
    if target.protocol == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - heavy

        return OTLPSpanExporter(endpoint=target.endpoint, headers=target.headers or None)
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - heavy
        OTLPSpanExporter as HttpSpanExporter,
    )

    return HttpSpanExporter(endpoint=target.endpoint, headers=target.headers or None)


def _installed(name: str) -> SpanExporter:
    found = next(iter(entry_points(group="opentelemetry_traces_exporter", name=name)), None)
    if found is None:
        raise LookupError(f"no exporter named {name!r} is installed (OTEL_TRACES_EXPORTER)")
    exporter: SpanExporter = found.load()()
    return exporter
