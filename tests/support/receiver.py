"""A receiver of webhooks for tests: answers as it is told and remembers what came."""

import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Received:
    """A request; names of headers are in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. *drips*: sent byte by byte with so many seconds between."""

    status: int = 204
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    drips_s: float = 0.0


class Receiver:
    """A local server that answers as its *respond* says."""

    def __init__(self, tls: ssl.SSLContext | None) -> None:
        self.requests: list[Received] = []
        self.respond: Callable[[Received], Reply] = lambda _: Reply()
        self.stop = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                request = Received(self.path, headers, self.rfile.read(int(self.headers["Content-Length"])))
                receiver.requests.append(request)
                with contextlib.suppress(OSError):
                    self._answer(receiver.respond(request))

            def _answer(self, reply: Reply) -> None:
                self.send_response(reply.status)
                for name, value in (*reply.headers, ("Content-Length", str(len(reply.body)))):
                    self.send_header(name, value)
                self.end_headers()
                step = 1 if reply.drips_s else max(1, len(reply.body))
                for start in range(0, len(reply.body), step):
                    self.wfile.write(reply.body[start : start + step])
                    self.wfile.flush()
                    if reply.drips_s and receiver.stop.wait(reply.drips_s):
                        return

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None  # type: ignore[method-assign]
        if tls is not None:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_port
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}/hook"


@contextlib.contextmanager
def receiver(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Run a receiver until the block is left."""
    running = Receiver(tls)
    with running.server as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield running
        finally:
            running.stop.set()
            server.shutdown()
            thread.join()
