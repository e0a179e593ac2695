"""Encoded requests over gRPC: as bytes, so that none is parsed in order to be sent."""

import contextlib
import time
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import grpc

from spanmill._target import Signal
from spanmill.spool.connection import Connection, is_plain
from spanmill.spool.verdicts import Verdict

_METHODS: Final[dict[Signal, str]] = {
    "traces": "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    "logs": "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
}
_OPTIONS: Final = (
    # By itself gRPC would wait for two minutes before it tries to connect again.
    ("grpc.initial_reconnect_backoff_ms", 1000),
    ("grpc.max_reconnect_backoff_ms", 5000),
)
_REFUSED: Final = {
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.ALREADY_EXISTS,
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.UNIMPLEMENTED,
}
_FAILED: Final = {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN}
_RETRY_INFO: Final = "google.rpc.retryinfo-bin"


class GrpcWire:
    """Calls the collector over one channel."""

    def __init__(self, connection: Connection, channel: grpc.Channel) -> None:
        self._connection = connection
        self._channel = channel
        self._call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(_METHODS[connection.signal])
        self.said = ""

    def send(self, data: bytes) -> Verdict:
        """Call with *data*."""
        ends_s = time.monotonic() + self._connection.timeout_s
        error = self._failure(data, self._connection.timeout_s)
        if error is not None and error.code() is grpc.StatusCode.UNAVAILABLE:
            # Often only the connection that was kept, which the collector has closed.
            error = self._failure(data, max(0.0, ends_s - time.monotonic()))
        self.said = "" if error is None else f"{error.code().name}: {error.details()}"
        return Verdict.TAKEN if error is None else _verdict(error)

    def close(self) -> None:
        """Close the channel."""
        self._channel.close()

    def _failure(self, data: bytes, timeout_s: float) -> grpc.RpcError | None:
        try:
            self._call(data, timeout=timeout_s, metadata=tuple(self._connection.headers.items()))
        except grpc.RpcError as error:
            return error
        return None


def open_wire(connection: Connection) -> GrpcWire:
    """Return a wire with a channel of its own."""
    address = urlsplit(connection.endpoint).netloc or connection.endpoint
    compression = grpc.Compression.Gzip if connection.compression == "gzip" else grpc.Compression.NoCompression
    if is_plain(connection):
        return GrpcWire(connection, grpc.insecure_channel(address, _OPTIONS, compression))
    credentials = connection.provided() or grpc.ssl_channel_credentials(
        _content(connection.certificate), _content(connection.client_key), _content(connection.client_certificate)
    )
    return GrpcWire(connection, grpc.secure_channel(address, credentials, _OPTIONS, compression))


def _content(path: str) -> bytes | None:
    with contextlib.suppress(FileNotFoundError):  # the handshake will say that it is missing
        return Path(path).read_bytes() if path else None
    return None


def _verdict(error: grpc.RpcError) -> Verdict:
    code = error.code()
    if code is grpc.StatusCode.RESOURCE_EXHAUSTED:  # too much of all, with a hint when to come again, or of this one
        is_hinted = any(one.key == _RETRY_INFO for one in error.trailing_metadata() or ())
        return Verdict.AWAY if is_hinted else Verdict.REFUSED
    if code in _REFUSED:
        return Verdict.REFUSED
    return Verdict.FAILED if code in _FAILED else Verdict.AWAY
