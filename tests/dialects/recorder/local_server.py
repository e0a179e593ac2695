"""Small HTTP servers on free loopback ports, for as long as a block runs."""

import contextlib
import gzip
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from dialects.recorder.script import CREATED


@dataclass(frozen=True, slots=True)
class Request:
    """What a client sent; the body is unpacked."""

    path: str
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What it gets; pieces are sent one after the other."""

    content_type: str
    pieces: Iterable[bytes]
    status: int = 200


@contextlib.contextmanager
def serving(respond: Callable[[Request], Reply]) -> Iterator[int]:
    """Answer requests with *respond*, and give the port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(respond))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(respond: Callable[[Request], Reply]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        server_version, sys_version = "fake", ""

        def date_time_string(self, timestamp: float | None = None) -> str:
            """One date for all answers: some libraries record the headers that they were sent."""
            return super().date_time_string(CREATED if timestamp is None else timestamp)

        def do_POST(self) -> None:
            body = self._chunks() if self.headers.get("Transfer-Encoding") == "chunked" else self._sized()
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            reply = respond(Request(self.path, self.headers.get("Content-Type", ""), body))
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.content_type)
            self.end_headers()
            for piece in reply.pieces:
                self.wfile.write(piece)
                self.wfile.flush()

        do_GET = do_PUT = do_PATCH = do_POST  # noqa: N815 - the base class's names

        def _sized(self) -> bytes:
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))

        def _chunks(self) -> bytes:
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            return body

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Be quiet."""

    return Handler
