"""Clients that send OTLP in every way there is, well or badly, and report what they were told."""

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

import grpc
import requests
from google.protobuf.json_format import MessageToDict
from google.rpc.error_details_pb2 import RetryInfo  # type: ignore[import-untyped]  # stubs without a py.typed marker
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]  # stubs without a py.typed marker
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from support.collectors import EXPORT

TYPES: Final = {"http-protobuf": "application/x-protobuf", "http-json": "application/json"}


class Told(NamedTuple):
    """
    What a client is told.

    Attributes:
        code: HTTP's status or gRPC's code.
        status: The ``google.rpc.Status``, None for success.
        response: The response's message, None for an error.
        hint_s: The retry hint, None for none.
    """

    code: int
    status: Status | None
    response: ExportTraceServiceResponse | None
    hint_s: int | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a condition holds: a collector, the key that is sent, and what its store has."""

    grpc_target: str
    http_url: str
    numbers: Callable[[], list[int]]
    key: str | None = None


def as_json(request: ExportTraceServiceRequest) -> bytes:
    """*request* as OTLP/JSON, with ids in hexadecimal."""
    data = MessageToDict(request)
    spans = [span for r in request.resource_spans for s in r.scope_spans for span in s.spans]
    dicts = [span for r in data.get("resourceSpans", []) for s in r["scopeSpans"] for span in s["spans"]]
    for span, as_dict in zip(spans, dicts, strict=True):
        as_dict["traceId"], as_dict["spanId"] = span.trace_id.hex(), span.span_id.hex()
    return json.dumps(data).encode()


def send_grpc(place: Place, encoding: str, content: bytes, condition: str = "", key: str | None = None) -> Told:
    """Send *content* over gRPC."""
    method = {"wrong path": EXPORT + "Everything", "wrong method": EXPORT.replace("Export", "Fetch")}
    compression = {"gzip": grpc.Compression.Gzip, "identity": None}[encoding]
    if condition == "wrong encoding":
        compression = grpc.Compression.Deflate
    metadata = (("authorization", f"Bearer {key}"),) if key else ()
    with grpc.insecure_channel(place.grpc_target, options=[("grpc.max_send_message_length", -1)]) as channel:
        call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(method.get(condition, EXPORT))
        try:
            answer: bytes = call(content, timeout=20, compression=compression, metadata=metadata)
        except grpc.RpcError as error:
            return _told_by(error)
        return Told(0, None, ExportTraceServiceResponse.FromString(answer), None)


def _told_by(error: grpc.RpcError) -> Told:
    found: dict[str, bytes] = {item.key: item.value for item in error.trailing_metadata() or ()}
    status = Status(code=error.code().value[0], message=error.details())
    if "grpc-status-details-bin" in found:
        details = Status.FromString(found["grpc-status-details-bin"])
        assert (details.code, details.message) == (status.code, status.message)
    hint = found.get("google.rpc.retryinfo-bin")
    assert (hint is not None) == bool(found and Status.FromString(found["grpc-status-details-bin"]).details)
    return Told(
        error.code().value[0],
        status,
        None,
        RetryInfo.FromString(hint).retry_delay.seconds if hint is not None else None,
    )


def send_http(
    place: Place, transport: str, encoding: str, content: bytes, condition: str = "", key: str | None = None
) -> Told:
    """Send *content* over HTTP."""
    encoded = gzip.compress(content) if encoding == "gzip" else content
    headers = {"Content-Type": TYPES[transport], "Content-Encoding": encoding}
    if condition == "wrong encoding":
        headers["Content-Encoding"] = "br"
    elif condition == "wrong type":
        headers["Content-Type"] = "text/plain"
    elif condition == "cut off":
        encoded = encoded[:-9]
    if key:
        headers["Authorization"] = f"Bearer {key}"
    path = "/v1/everything" if condition == "wrong path" else "/v1/traces"
    method = "PUT" if condition == "wrong method" else "POST"
    with requests.Session() as session:
        session.trust_env = False
        answer = session.request(method, place.http_url + path, data=encoded, headers=headers, timeout=20)
    return _told_over_http(answer, TYPES[transport] if condition != "wrong type" else TYPES["http-protobuf"])


def _told_over_http(answer: requests.Response, content_type: str) -> Told:
    assert answer.headers["Content-Type"] == content_type
    hint = answer.headers.get("Retry-After")
    is_json = content_type == TYPES["http-json"]
    if answer.status_code == 200:
        return Told(200, None, _response(answer, is_json=is_json), None)
    status = Status.FromString(answer.content) if not is_json else Status(**answer.json())
    return Told(answer.status_code, status, None, int(hint) if hint is not None else None)


def _response(answer: requests.Response, *, is_json: bool) -> ExportTraceServiceResponse:
    if not is_json:
        return ExportTraceServiceResponse.FromString(answer.content)
    response = ExportTraceServiceResponse()
    if said := answer.json().get("partialSuccess"):
        response.partial_success.rejected_spans = int(said["rejectedSpans"])
        response.partial_success.error_message = said["errorMessage"]
    return response
