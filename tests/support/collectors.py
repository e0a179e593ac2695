"""A collector inside the test's own process, with a sink that the test holds."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import grpc

from spanmill_collector.options import Options
from spanmill_collector.wiring import build_and_run
from support.processes import wait_until
from support.servers import answers
from support.sinks import MemorySink

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


@dataclass(frozen=True, slots=True)
class RunningCollector:
    """A collector that takes spans."""

    options: Options
    sink: MemorySink

    @property
    def http_url(self) -> str:
        """Base URL of the HTTP port."""
        return f"http://127.0.0.1:{self.options.http_port}"

    @property
    def grpc_target(self) -> str:
        """Address of the gRPC port."""
        return f"127.0.0.1:{self.options.grpc_port}"

    def export(self, request: bytes, method: str = EXPORT, compression: grpc.Compression | None = None) -> bytes:
        """Send *request* over gRPC as it is and return the response's bytes."""
        options = [("grpc.max_send_message_length", -1)]
        with grpc.insecure_channel(self.grpc_target, options=options) as channel:
            call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(method)
            response: bytes = call(request, timeout=20, compression=compression)
            return response


@contextlib.contextmanager
def running_collector(options: Options, sink: MemorySink) -> Iterator[RunningCollector]:
    """Run a collector in a thread until the block is left, then let it drain."""
    started: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []
    failures: list[BaseException] = []

    async def serve() -> None:
        stop = asyncio.Event()
        started.append((asyncio.get_running_loop(), stop))
        await build_and_run(options, stop, lambda: sink)

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:  # noqa: BLE001 - raised again in the test
            failures.append(error)

    thread = threading.Thread(target=run, name="collector", daemon=True)
    thread.start()
    collector = RunningCollector(options, sink)
    wait_until(lambda: bool(failures) or answers(collector.http_url + "/health/ready"), "the collector", 10)
    try:
        if failures:
            raise failures[0]
        yield collector
    finally:
        for loop, stop in started:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(stop.set)
        thread.join(20)
