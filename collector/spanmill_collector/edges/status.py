"""What a refused client is told: ``google.rpc.Status`` and ``RetryInfo``, in every form that clients read."""

import json

from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import RetryInfo  # type: ignore[import-untyped]  # stubs without a py.typed marker
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]  # stubs without a py.typed marker

from spanmill_collector.errors import Refusal


def status_protobuf(refusal: Refusal) -> bytes:
    """Serialise the ``google.rpc.Status`` of *refusal*, with its retry hint among the details."""
    status = Status(code=refusal.reason.value.grpc_code, message=refusal.message)
    hint = _retry_info(refusal)
    if hint is not None:
        status.details.add().Pack(hint)
    serialised: bytes = status.SerializeToString()
    return serialised


def status_json(refusal: Refusal) -> bytes:
    """Write the ``google.rpc.Status`` of *refusal* as JSON."""
    return json.dumps({"code": refusal.reason.value.grpc_code, "message": refusal.message}).encode()


def trailers(refusal: Refusal) -> tuple[tuple[str, bytes], ...]:
    """
    Trailing metadata of a refused call.

    The retry hint stands in two places: most clients look into ``grpc-status-details-bin``, OpenTelemetry's Python
    exporter looks into ``google.rpc.retryinfo-bin`` (facts A2).
    """
    details = ("grpc-status-details-bin", status_protobuf(refusal))
    hint = _retry_info(refusal)
    return (details,) if hint is None else (details, ("google.rpc.retryinfo-bin", hint.SerializeToString()))


def _retry_info(refusal: Refusal) -> RetryInfo | None:
    delay_s = refusal.reason.value.retry_after_s
    return None if delay_s is None else RetryInfo(retry_delay=Duration(seconds=delay_s))
