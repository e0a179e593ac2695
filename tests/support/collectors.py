"""Collectors for tests: one inside the test's own process, with a sink that the test holds, and one in its own."""

import asyncio
import contextlib
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import requests

from spanmill_collector.options import Options
from spanmill_collector.wiring import build_and_run
from support.processes import free_port, spanmill, wait_until
from support.servers import answers
from support.sinks import MemorySink

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
EXPORT_LOGS = "/opentelemetry.proto.collector.logs.v1.LogsService/Export"
EXPORT_METRICS = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"


@dataclass(frozen=True, slots=True)
class RunningCollector:
    """A collector that takes spans."""

    options: Options
    sink: MemorySink

    @property
    def http_url(self) -> str:
        """Base URL of the HTTP port."""
        scheme = "https" if self.options.tls else "http"
        return f"{scheme}://127.0.0.1:{self.options.http_port}"

    @property
    def grpc_target(self) -> str:
        """Address of the gRPC port."""
        return f"127.0.0.1:{self.options.grpc_port}"

    def export(self, request: bytes, method: str = EXPORT, compression: grpc.Compression | None = None) -> bytes:
        """Send *request* over gRPC as it is and return the response's bytes."""
        return export(self.grpc_target, request, method, compression)


@dataclass(frozen=True, slots=True)
class CollectorProcess:
    """A running ``spanmill collector``."""

    child: subprocess.Popen[bytes]
    data_dir: Path
    log: Path
    grpc_port: int
    http_port: int

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.child.pid

    @property
    def grpc_target(self) -> str:
        """Address of the gRPC port."""
        return f"127.0.0.1:{self.grpc_port}"

    @property
    def http_url(self) -> str:
        """Base URL of the HTTP port."""
        return f"http://127.0.0.1:{self.http_port}"

    def readiness(self) -> tuple[int, dict[str, str]]:
        """Status of the readiness endpoint, and the problems that it names."""
        answer = requests.get(self.http_url + "/health/ready", timeout=10)
        return answer.status_code, answer.json()["problems"]


def export(target: str, request: bytes, method: str = EXPORT, compression: grpc.Compression | None = None) -> bytes:
    """Send *request* over gRPC as it is and return the response's bytes."""
    with grpc.insecure_channel(target, options=[("grpc.max_send_message_length", -1)]) as channel:
        call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(method)
        response: bytes = call(request, timeout=20, compression=compression)
        return response


@contextlib.contextmanager
def collector_process(
    folder: Path, clickhouse_url: str, *arguments: str, ports: tuple[int, int] | None = None
) -> Iterator[CollectorProcess]:
    """Run ``spanmill collector`` with its data in *folder* until the block is left."""
    grpc_port, http_port = ports or (free_port(), free_port())
    data_dir, log = folder / "data", folder / "collector.log"
    places = ["--data-dir", str(data_dir), "--clickhouse-url", clickhouse_url]
    numbers = ["--otlp-grpc-port", str(grpc_port), "--otlp-http-port", str(http_port)]
    with spanmill("collector", *places, *numbers, *arguments, log=log) as child:
        running = CollectorProcess(child, data_dir, log, grpc_port, http_port)
        wait_until(lambda: _is_up(running), f"the collector, see {log}", 30)
        yield running


def _is_up(running: CollectorProcess) -> bool:
    if running.child.poll() is not None:
        message = f"the collector ended with {running.child.returncode}:\n{running.log.read_text()[-2000:]}"
        raise RuntimeError(message)
    return answers(running.http_url + "/health/ready")


def _is_open(collector: RunningCollector) -> bool:
    if not collector.options.tls:
        return answers(collector.http_url + "/health/ready")
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", collector.options.grpc_port), timeout=1):
        return True
    return False


@contextlib.contextmanager
def running_collector(options: Options, sink: MemorySink) -> Iterator[RunningCollector]:
    """Run a collector in a thread until the block is left, then let it drain."""
    started: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []
    failures: list[BaseException] = []

    async def serve() -> None:
        stop = asyncio.Event()
        started.append((asyncio.get_running_loop(), stop))
        await build_and_run(options, stop, sink.backend())

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:  # noqa: BLE001 - raised again in the test
            failures.append(error)

    thread = threading.Thread(target=run, name="collector", daemon=True)
    thread.start()
    collector = RunningCollector(options, sink)
    wait_until(lambda: bool(failures) or _is_open(collector), "the collector", 10)
    try:
        if failures:
            raise failures[0]
        yield collector
    finally:
        for loop, stop in started:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(stop.set)
        thread.join(20)
