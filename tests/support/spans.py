"""OTLP spans for tests of the store: built with the official protobuf classes, sent as the collector would."""

import io
import itertools
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from google.protobuf.message import Message
from google.protobuf.proto import serialize_length_prefixed
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

Plain: TypeAlias = "str | bool | int | float | bytes | Sequence[Plain] | Mapping[str, Plain] | None"
"""What an attribute's value may be, as Python says it; None is an `AnyValue` of no kind."""

START_NS = 1_763_700_000_000_000_000
_tokens = itertools.count()


def any_value(value: Plain) -> AnyValue:
    """*value* as protobuf."""
    result = AnyValue()
    if isinstance(value, str):
        result.string_value = value
    elif isinstance(value, bool):
        result.bool_value = value
    elif isinstance(value, int):
        result.int_value = value
    elif isinstance(value, float):
        result.double_value = value
    elif isinstance(value, bytes):
        result.bytes_value = value
    elif isinstance(value, Mapping):
        result.kvlist_value.SetInParent()
        result.kvlist_value.values.extend(key_values(value))
    elif isinstance(value, Sequence):
        result.array_value.SetInParent()
        result.array_value.values.extend(any_value(item) for item in value)
    return result


def key_values(attributes: Mapping[str, Plain]) -> list[KeyValue]:
    """*attributes* as protobuf."""
    return [KeyValue(key=key, value=any_value(value)) for key, value in attributes.items()]


def span(
    name: str = "work",
    *,
    trace: int = 1,
    number: int = 1,
    parent: int = 0,
    offset_ms: int = 0,
    duration_ms: int = 10,
    attributes: Mapping[str, Plain] | None = None,
    is_error: bool = False,
    trace_state: str = "",
) -> Span:
    """A span; *trace*, *number* and *parent* become its ids, parent 0 makes it a root."""
    start = START_NS + offset_ms * 1_000_000
    built = Span(
        trace_id=trace.to_bytes(16, "big"),
        span_id=number.to_bytes(8, "big"),
        parent_span_id=parent.to_bytes(8, "big") if parent else b"",
        name=name,
        start_time_unix_nano=start,
        end_time_unix_nano=start + duration_ms * 1_000_000,
        attributes=key_values(attributes or {}),
        trace_state=trace_state,
    )
    if is_error:
        built.status.code = Status.STATUS_CODE_ERROR
    return built


def request(
    spans: Sequence[Span], resource: Mapping[str, Plain] | None = None, scope: str = "tests"
) -> ExportTraceServiceRequest:
    """One export request with *spans* of one resource and scope."""
    built = ExportTraceServiceRequest()
    resource_spans = built.resource_spans.add()
    resource_spans.resource.attributes.extend(key_values(resource or {"service.name": "tests"}))
    scope_spans = resource_spans.scope_spans.add()
    scope_spans.scope.name = scope
    scope_spans.spans.extend(spans)
    return built


def log_record(
    body: Plain = "hello",
    *,
    event: str = "",
    of: tuple[int, int] | None = None,
    offset_ms: int = 0,
    attributes: Mapping[str, Plain] | None = None,
) -> LogRecord:
    """A log record with *body*; *of* are the numbers of the trace and the span that it belongs to."""
    built = LogRecord(time_unix_nano=START_NS + offset_ms * 1_000_000, body=any_value(body), event_name=event)
    built.attributes.extend(key_values(attributes or {}))
    if of is not None:
        built.trace_id, built.span_id = of[0].to_bytes(16, "big"), of[1].to_bytes(8, "big")
    return built


def segment(*requests: Message) -> bytes:
    """The insert body that holds *requests*, each prefixed with its length."""
    body = io.BytesIO()
    for item in requests:
        serialize_length_prefixed(item, body)
    return body.getvalue()


def new_token() -> str:
    """A deduplication token that no other test uses."""
    return f"test-{next(_tokens)}"


def trace_id(trace: int) -> str:
    """Id of *trace* as ClickHouse shows it."""
    return f"{trace:032x}"


def span_id(number: int) -> str:
    """Id of span *number* as ClickHouse shows it."""
    return f"{number:016x}"
