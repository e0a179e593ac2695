"""
A lean gRPC client: one HTTP/2 connection, many calls at a time, and little work for each.

With a request per span, Python's own gRPC client takes more of the machine than the collector does. This one writes the
frames itself (RFC 9113), so that what is measured is the collector; bodies must fit into one frame.
"""

import socket
import struct
import time
from collections.abc import Iterator
from typing import Final, Self

import hpack

EXPORT: Final = b"/opentelemetry.proto.collector.trace.v1.TraceService/Export"
MAX_FRAME_BYTES: Final = 16_384
WINDOW_BYTES: Final = (1 << 31) - 1

_DATA, _HEADERS, _RST_STREAM, _SETTINGS, _PING, _GOAWAY, _WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
_END_STREAM, _ACK, _END_HEADERS = 1, 1, 4
_INITIAL_WINDOW_SIZE: Final = 4
_DEFAULT_WINDOW_BYTES: Final = 65_535


class LeanConnection:
    """A connection to the gRPC server at *target*, ``host:port``."""

    def __init__(self, target: str) -> None:
        host, _, port = target.rpartition(":")
        self._socket = socket.create_connection((host, int(port)), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._headers = _request_headers(target)
        self._decoder = hpack.Decoder()
        self._received = b""
        self._window_bytes = _DEFAULT_WINDOW_BYTES
        self._next_id = 1
        settings = struct.pack(">HI", _INITIAL_WINDOW_SIZE, WINDOW_BYTES)
        more = struct.pack(">I", WINDOW_BYTES - _DEFAULT_WINDOW_BYTES)
        preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        self._socket.sendall(preface + _frame(_SETTINGS, 0, 0, settings) + _frame(_WINDOW_UPDATE, 0, 0, more))

    def __enter__(self) -> Self:
        """Return the connection itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self._socket.close()

    def has_room(self, body: bytes) -> bool:
        """Whether the server lets *body* be sent now."""
        return self._window_bytes >= len(body) + 5

    def start(self, body: bytes) -> int:
        """Begin a call and return its number."""
        stream, self._next_id = self._next_id, self._next_id + 2
        message = b"\0" + struct.pack(">I", len(body)) + body
        assert len(message) <= MAX_FRAME_BYTES, "the body does not fit into one frame"
        self._window_bytes -= len(message)
        headers = _frame(_HEADERS, _END_HEADERS, stream, self._headers)
        self._socket.sendall(headers + _frame(_DATA, _END_STREAM, stream, message))
        return stream

    def ended(self) -> Iterator[tuple[int, int]]:
        """Wait for the server, and give the number and the gRPC status of each call that has ended."""
        self._received += self._socket.recv(1 << 18)
        at = 0
        while len(self._received) - at >= 9:
            length = int.from_bytes(self._received[at : at + 3])
            if len(self._received) - at < 9 + length:
                break
            kind, flags, stream = self._received[at + 3], self._received[at + 4], self._received[at + 5 : at + 9]
            payload = self._received[at + 9 : at + 9 + length]
            at += 9 + length
            status = self._take(kind, flags, payload)
            if status is not None:
                yield int.from_bytes(stream), status
        self._received = self._received[at:]

    def _take(self, kind: int, flags: int, payload: bytes) -> int | None:
        """Act on a frame, and return the status if it ends a call."""
        if kind == _HEADERS:
            headers = dict(self._decoder.decode(payload, raw=True))
            if flags & _END_STREAM:
                return int(headers[b"grpc-status"])
        elif kind == _WINDOW_UPDATE:
            self._window_bytes += int.from_bytes(payload)
        elif kind in {_SETTINGS, _PING} and not flags & _ACK:
            self._socket.sendall(_frame(kind, _ACK, 0, payload if kind == _PING else b""))
        elif kind in {_RST_STREAM, _GOAWAY}:
            raise ConnectionError(payload)
        return None


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return struct.pack(">HBBBI", len(payload) >> 8, len(payload) & 0xFF, kind, flags, stream) + payload


def _request_headers(target: str) -> bytes:
    """Encode the headers of every call without the connection's table, so that they never change."""
    encoder = hpack.Encoder()
    pairs = [
        (b":method", b"POST"),
        (b":scheme", b"http"),
        (b":path", EXPORT),
        (b":authority", target.encode()),
        (b"te", b"trailers"),
        (b"content-type", b"application/grpc"),
    ]
    return bytes(encoder.encode([hpack.NeverIndexedHeaderTuple(*pair) for pair in pairs], huffman=False))


def drive(target: str, bodies: Iterator[bytes], count: int, concurrency: int) -> tuple[list[float], int]:
    """Send *count* bodies, and return the latencies in milliseconds and the number of bytes."""
    latencies_ms: list[float] = []
    sent_bytes = 0
    with LeanConnection(target) as connection:
        began: dict[int, float] = {}
        started = 0
        while len(latencies_ms) < count:
            while started < count and len(began) < concurrency:
                body = next(bodies)
                while not connection.has_room(body):
                    latencies_ms += _answers(connection, began)
                began[connection.start(body)] = time.perf_counter()
                started, sent_bytes = started + 1, sent_bytes + len(body)
            latencies_ms += _answers(connection, began)
    return latencies_ms, sent_bytes


def _answers(connection: LeanConnection, began: dict[int, float]) -> list[float]:
    taken = []
    for stream, status in connection.ended():
        if status:
            message = f"a call ended with the status {status}"
            raise RuntimeError(message)
        taken.append((time.perf_counter() - began.pop(stream)) * 1e3)
    return taken
