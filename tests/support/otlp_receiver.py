"""A collector in miniature: takes OTLP traces and logs over gRPC and HTTP and keeps them, as they came, in memory."""

import contextlib
import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.collector.logs.v1.logs_service_pb2_grpc import (
    LogsServiceServicer,
    add_LogsServiceServicer_to_server,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

Value = str | int | float | bool | list[str] | None


@dataclass(frozen=True, slots=True)
class ReceivedSpan:
    """One span as it arrived."""

    name: str
    trace_id: bytes
    span_id: bytes
    parent_id: bytes
    attributes: Mapping[str, Value]
    resource: Mapping[str, Value]
    is_error: bool
    trace_state: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ReceivedLog:
    """One log record as it arrived."""

    event_name: str
    trace_id: bytes
    span_id: bytes
    attributes: Mapping[str, Value]
    resource: Mapping[str, Value]


@dataclass(slots=True)
class Receiver:
    """A running receiver."""

    grpc_port: int = 0
    http_port: int = 0
    spans: list[ReceivedSpan] = field(default_factory=list)
    requests: list[ExportTraceServiceRequest] = field(default_factory=list)
    logs: list[ReceivedLog] = field(default_factory=list)

    @property
    def grpc_url(self) -> str:
        """Endpoint for OTLP over gRPC."""
        return f"http://127.0.0.1:{self.grpc_port}"

    @property
    def http_url(self) -> str:
        """Endpoint for OTLP over HTTP, without the path."""
        return f"http://127.0.0.1:{self.http_port}"

    def named(self, name: str) -> list[ReceivedSpan]:
        """The spans with this *name*."""
        return [span for span in self.spans if span.name == name]

    def take(self, request: ExportTraceServiceRequest, headers: Mapping[str, str]) -> None:
        """Keep *request*, and its spans."""
        self.requests.append(request)
        for resource_spans in request.resource_spans:
            resource = _attributes(resource_spans.resource.attributes)
            for scope_spans in resource_spans.scope_spans:
                self.spans += [
                    ReceivedSpan(
                        span.name,
                        span.trace_id,
                        span.span_id,
                        span.parent_span_id,
                        _attributes(span.attributes),
                        resource,
                        is_error=span.status.code == span.status.STATUS_CODE_ERROR,
                        trace_state=span.trace_state,
                        headers=headers,
                    )
                    for span in scope_spans.spans
                ]

    def take_logs(self, request: ExportLogsServiceRequest) -> None:
        """Keep the records of *request*."""
        for resource_logs in request.resource_logs:
            resource = _attributes(resource_logs.resource.attributes)
            for scope_logs in resource_logs.scope_logs:
                self.logs += [
                    ReceivedLog(
                        record.event_name, record.trace_id, record.span_id, _attributes(record.attributes), resource
                    )
                    for record in scope_logs.log_records
                ]


@contextlib.contextmanager
def otlp_receiver(grpc_port: int = 0, http_port: int = 0) -> Iterator[Receiver]:
    """Receive until the block is left, on free ports or on those that are given."""
    receiver = Receiver()
    threads = ThreadPoolExecutor(4)
    server = grpc.server(threads)
    add_TraceServiceServicer_to_server(_Servicer(receiver), server)  # type: ignore[no-untyped-call] # generated
    add_LogsServiceServicer_to_server(_LogServicer(receiver), server)  # type: ignore[no-untyped-call] # generated
    receiver.grpc_port = server.add_insecure_port(f"127.0.0.1:{grpc_port}")
    server.start()
    http_server = ThreadingHTTPServer(("127.0.0.1", http_port), _handler(receiver))
    receiver.http_port = http_server.server_port
    http_thread = threading.Thread(target=http_server.serve_forever, kwargs={"poll_interval": 0.05})
    http_thread.start()
    try:
        yield receiver
    finally:
        http_server.shutdown()
        http_thread.join()
        http_server.server_close()
        server.stop(None).wait()
        threads.shutdown()


class _Servicer(TraceServiceServicer):
    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver

    def Export(  # noqa: N802 - the protocol's name
        self, request: ExportTraceServiceRequest, context: grpc.ServicerContext
    ) -> ExportTraceServiceResponse:
        headers = {key: value if isinstance(value, str) else "" for key, value in context.invocation_metadata()}
        self._receiver.take(request, headers)
        return ExportTraceServiceResponse()


class _LogServicer(LogsServiceServicer):
    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver

    def Export(  # noqa: N802 - the protocol's name
        self,
        request: ExportLogsServiceRequest,
        context: grpc.ServicerContext,  # noqa: ARG002 - the protocol's
    ) -> ExportLogsServiceResponse:
        self._receiver.take_logs(request)
        return ExportLogsServiceResponse()


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/v1/traces":
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.take(ExportTraceServiceRequest.FromString(body), headers)
            elif self.path == "/v1/logs":
                receiver.take_logs(ExportLogsServiceRequest.FromString(body))
            self.send_response(200 if self.path in {"/v1/traces", "/v1/logs"} else 404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Be quiet."""

    return Handler


def _attributes(pairs: Iterable[KeyValue]) -> dict[str, Value]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: AnyValue) -> Value:
    match value.WhichOneof("value"):
        case "string_value":
            return value.string_value
        case "int_value":
            return value.int_value
        case "double_value":
            return value.double_value
        case "bool_value":
            return value.bool_value
        case "array_value":
            return [str(_value(item)) for item in value.array_value.values]
        case _:
            return None
