"""
Record what the OpenTelemetry Collector's ClickHouse exporter sends, for `test_collector_exporter.py` to replay.

The recording is a list of requests (query string, body, status of the answer). To make it again:

1. Build a collector of ``otlpreceiver``, ``clickhouseexporter`` and ``fileprovider`` with the collector builder
   (``go run go.opentelemetry.io/collector/cmd/builder@v0.161.0 --config builder.yaml``).
2. ``spanmill clickhouse --port 8123 --data-dir /tmp/recording``
3. ``python record_collector_exporter.py 8124 8123 collector_exporter_lz4.json``
4. Point the exporter's ``endpoint`` at ``http://127.0.0.1:8124/otel`` (``compress: none`` for the second recording),
   start the collector, send it spans over OTLP, stop it, and end this script with SIGTERM.
"""

import base64
import http.client
import json
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

PASSED_ON: Final = ("content-type", "content-encoding", "authorization", "x-clickhouse-user", "x-clickhouse-key")


def read_body(handler: BaseHTTPRequestHandler) -> bytes:
    """The whole request body, chunked or not."""
    if handler.headers.get("Transfer-Encoding", "").lower() != "chunked":
        return handler.rfile.read(int(handler.headers.get("Content-Length", "0")))
    body = bytearray()
    while size := int(handler.rfile.readline().split(b";")[0], 16):
        body += handler.rfile.read(size)
        handler.rfile.readline()
    handler.rfile.readline()
    return bytes(body)


def recorder(server_port: int, record: list[dict[str, object]]) -> type[BaseHTTPRequestHandler]:
    """A handler that passes requests on to *server_port* and notes them in *record*."""

    class Recorder(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = read_body(self)
            headers = {name: value for name in PASSED_ON if (value := self.headers.get(name))}
            upstream = http.client.HTTPConnection("127.0.0.1", server_port)
            upstream.request("POST", self.path, body, headers)
            answer = upstream.getresponse()
            content = answer.read()
            entry = {"path": self.path, "headers": headers, "body": base64.b64encode(body).decode()}
            record.append(entry | {"status": answer.status})
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in {"transfer-encoding", "content-length", "date"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    return Recorder


def main() -> None:
    """Record until SIGTERM."""
    port, server_port, target = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    record: list[dict[str, object]] = []
    server = ThreadingHTTPServer(("127.0.0.1", port), recorder(server_port, record))
    # shutdown() waits for serve_forever(), so the handler must not run in its thread.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
    target.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
