"""The signals that are taken in: their messages, their names on the wire, and how their items are counted."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from spanmill_collector.otlp.schema import checked_class
from spanmill_store.otlp.signals import SIGNALS as STORED

TRACE_ID_BYTES: Final = 16
SPAN_ID_BYTES: Final = 8
_NO_TRACE: Final = bytes(TRACE_ID_BYTES)
_NO_SPAN: Final = bytes(SPAN_ID_BYTES)


class Census(NamedTuple):
    """How many items a request has, and how many of them cannot be stored."""

    items: int
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Signal:
    """
    One signal.

    Attributes:
        name: As in its URL and table: ``traces``.
        items: What it is counted in, for people: ``spans``.
        service: Full name of its gRPC service.
        official: The request as opentelemetry-proto has it.
        checked: The request as far as ClickHouse reads it, see `spanmill_collector.otlp.schema`.
        unchecked: The same with bytes in the place of text.
        response: The response, whose partial success counts in the field *rejected*.
        count: Takes a request of either class.
    """

    name: str
    items: str
    service: str
    official: type[Message]
    checked: type[Message]
    unchecked: type[Message]
    response: type[Message]
    rejected: str
    count: Callable[[Any], Census]

    @property
    def path(self) -> str:
        """The path of its HTTP endpoint."""
        return f"/v1/{self.name}"


def scopes_of_spans(request: Any) -> Iterator[Any]:
    """All scopes of a trace request."""
    for resource_spans in request.resource_spans:
        yield from resource_spans.scope_spans


def has_good_ids(span: Any) -> bool:
    """Whether a span can be found again: both ids have their length and are not zero."""
    trace_id, span_id = span.trace_id, span.span_id
    return (
        len(trace_id) == TRACE_ID_BYTES
        and len(span_id) == SPAN_ID_BYTES
        and trace_id != _NO_TRACE
        and span_id != _NO_SPAN
    )


def _count_spans(request: Any) -> Census:
    items = refused = 0
    for scope in scopes_of_spans(request):
        spans = scope.spans
        items += len(spans)
        for span in spans:
            if not has_good_ids(span):
                refused += 1
    return Census(items, refused)


def _count_records(request: Any) -> Census:
    return Census(
        sum(len(scope.log_records) for resource_logs in request.resource_logs for scope in resource_logs.scope_logs)
    )


_KINDS: Final = ("gauge", "sum", "histogram", "exponential_histogram", "summary")


def _count_points(request: Any) -> Census:
    metrics = (
        metric
        for resource_metrics in request.resource_metrics
        for scope in resource_metrics.scope_metrics
        for metric in scope.metrics
    )
    return Census(sum(len(getattr(metric, kind).data_points) for metric in metrics for kind in _KINDS))


_CHECKED: Final = {signal.name: checked_class(signal.name, signal.messages) for signal in STORED}
_UNCHECKED: Final = {
    signal.name: checked_class(signal.name, signal.messages, is_text_checked=False) for signal in STORED
}
_SERVICE: Final = "opentelemetry.proto.collector.{}.v1.{}Service"

TRACES: Final = Signal(
    "traces",
    "spans",
    _SERVICE.format("trace", "Trace"),
    ExportTraceServiceRequest,
    _CHECKED["traces"],
    _UNCHECKED["traces"],
    ExportTraceServiceResponse,
    "rejected_spans",
    _count_spans,
)
LOGS: Final = Signal(
    "logs",
    "log records",
    _SERVICE.format("logs", "Logs"),
    ExportLogsServiceRequest,
    _CHECKED["logs"],
    _UNCHECKED["logs"],
    ExportLogsServiceResponse,
    "rejected_log_records",
    _count_records,
)
METRICS: Final = Signal(
    "metrics",
    "data points",
    _SERVICE.format("metrics", "Metrics"),
    ExportMetricsServiceRequest,
    _CHECKED["metrics"],
    _UNCHECKED["metrics"],
    ExportMetricsServiceResponse,
    "rejected_data_points",
    _count_points,
)

SIGNALS: Final = (TRACES, LOGS, METRICS)
