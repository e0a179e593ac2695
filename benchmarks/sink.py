"""What takes everything and keeps nothing but counts: so that SDKs are measured, not whoever they send to."""

import contextlib
import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Sink:
    """
    An HTTP server that answers every POST with an empty OTLP response.

    Attributes:
        bodies: What came for a path of traces, while `keeps` is set.
    """

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.keeps = False
        sink = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if sink.keeps and self.path.endswith("traces"):
                    sink.bodies.append(gzip.decompress(body) if self.headers.get("Content-Encoding") else body)
                self.send_response(200)
                self.send_header("Content-Type", "application/x-protobuf")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port

    def spans(self) -> int:
        """How many spans came, and forget them."""
        bodies, self.bodies = self.bodies, []
        requests = [ExportTraceServiceRequest.FromString(body) for body in bodies]
        scopes = [
            scope for request in requests for resource in request.resource_spans for scope in resource.scope_spans
        ]
        return sum(len(scope.spans) for scope in scopes)

    def serve(self) -> None:
        """Serve until `stop`."""
        self._server.serve_forever(poll_interval=0.05)

    def stop(self) -> None:
        """End."""
        self._server.shutdown()
        self._server.server_close()


@contextlib.contextmanager
def sink() -> Iterator[Sink]:
    """Run one beside the block, in this process, which does nothing else meanwhile."""
    running = Sink()
    thread = threading.Thread(target=running.serve, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        running.stop()
        thread.join()
