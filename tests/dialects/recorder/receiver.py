"""Takes the OTLP that an app sends over HTTP, traces and logs, protobuf or JSON, and keeps it as OTLP/JSON."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from dialects.recorder.local_server import Reply, Request, serving
from dialects.recorder.otlp_json import to_json

Json = dict[str, Any]


@dataclass(slots=True)
class Received:
    """The requests in the order in which they came, and where to send them."""

    port: int = 0
    traces: list[Json] = field(default_factory=list)
    logs: list[Json] = field(default_factory=list)
    other: list[str] = field(default_factory=list)


@contextlib.contextmanager
def receiver() -> Iterator[Received]:
    """Receive until the block is left."""
    received = Received()

    def take(request: Request) -> Reply:
        path = request.path.partition("?")[0]
        is_json = "json" in request.content_type
        if path.endswith("/v1/traces"):
            read = json.loads(request.body) if is_json else to_json(ExportTraceServiceRequest.FromString(request.body))
            received.traces.append(read)
        elif path.endswith("/v1/logs"):
            read = json.loads(request.body) if is_json else to_json(ExportLogsServiceRequest.FromString(request.body))
            received.logs.append(read)
        else:
            received.other.append(path)
            return Reply("application/json", [b"{}"], 200 if path.endswith("/v1/metrics") else 404)
        return Reply(request.content_type, [b"{}" if is_json else b""])

    with serving(take) as received.port:
        yield received
