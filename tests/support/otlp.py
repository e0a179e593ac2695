"""OTLP trace requests for tests: small, deterministic, and recognisable in a store."""

from collections.abc import Callable, Iterable, Iterator
from io import BytesIO

from google.protobuf.message import Message
from google.protobuf.proto import parse_length_prefixed
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from spanmill_collector.wal.frames import Record, Stamp, frame

START_NS = 1_795_000_000_000_000_000


def span_id(number: int) -> bytes:
    """The id of the span with this *number*, never all zero."""
    return number.to_bytes(8, "big")


def trace_id(number: int) -> bytes:
    """The id of the trace with this *number*, never all zero."""
    return number.to_bytes(16, "big")


def trace_request(numbers: Iterable[int], *, service: str = "test", text: str = "hello") -> ExportTraceServiceRequest:
    """A request with one span per number; trace and span id tell the number."""
    request = ExportTraceServiceRequest()
    resource_spans = request.resource_spans.add()
    resource_spans.resource.attributes.append(KeyValue(key="service.name", value=AnyValue(string_value=service)))
    scope_spans = resource_spans.scope_spans.add()
    scope_spans.scope.name = "test"
    for number in numbers:
        span = scope_spans.spans.add(
            trace_id=trace_id(number),
            span_id=span_id(number),
            name=f"span {number}",
            start_time_unix_nano=START_NS + number,
            end_time_unix_nano=START_NS + number + 1000,
        )
        span.attributes.append(KeyValue(key="text", value=AnyValue(string_value=text)))
    return request


def logs_request(numbers: Iterable[int], *, event: str = "") -> ExportLogsServiceRequest:
    """A request with one log record per number, which is its body."""
    request = ExportLogsServiceRequest()
    records = request.resource_logs.add().scope_logs.add().log_records
    for number in numbers:
        records.add(time_unix_nano=START_NS + number, body=AnyValue(int_value=number), event_name=event)
    return request


def metrics_request(numbers: Iterable[int]) -> ExportMetricsServiceRequest:
    """A request with one data point per number, which is its value."""
    request = ExportMetricsServiceRequest()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add(name="test")
    for number in numbers:
        metric.gauge.data_points.add(time_unix_nano=START_NS + number, as_int=number)
    return request


REQUESTS: dict[str, Callable[[Iterable[int]], Message]] = {
    "traces": trace_request,
    "logs": logs_request,
    "metrics": metrics_request,
}
"""For each signal, what makes a request with one item per number."""


def record(*numbers: int, project: str = "default", key_id: str = "", time_ns: int = START_NS) -> Record:
    """A record of a segment that holds one span per number."""
    return framed(trace_request(numbers).SerializeToString(), len(numbers), project, key_id, time_ns)


def framed(
    request: bytes,
    items: int = 1,
    project: str = "default",
    key_id: str = "",
    time_ns: int = START_NS,
    *,
    refused: int = 0,
) -> Record:
    """The record of *request*."""
    return frame(request, Stamp(project, key_id, time_ns, items, refused))


def record_bytes(*numbers: int) -> bytes:
    """The bytes of a record that holds one span per number."""
    return b"".join(record(*numbers).parts)


def requests_in(segment: bytes) -> Iterator[ExportTraceServiceRequest]:
    """Read a segment as ClickHouse does: a run of length-prefixed messages."""
    stream = BytesIO(segment)
    while (request := parse_length_prefixed(ExportTraceServiceRequest, stream)) is not None:
        yield request


def numbers_in(request: ExportTraceServiceRequest) -> list[int]:
    """The numbers of the spans in *request*."""
    return [
        int.from_bytes(span.span_id, "big")
        for resource_spans in request.resource_spans
        for scope_spans in resource_spans.scope_spans
        for span in scope_spans.spans
    ]
