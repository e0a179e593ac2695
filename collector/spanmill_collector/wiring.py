"""The composition root: every object of a collector is made here, and started and stopped in order."""

import asyncio
import logging
import socket
import time
from typing import Final

from spanmill_collector.budget import ByteBudget
from spanmill_collector.committer import Committer
from spanmill_collector.courier import Courier
from spanmill_collector.errors import Reason
from spanmill_collector.folder import WalFolder
from spanmill_collector.grpc_edge import GrpcEdge
from spanmill_collector.health import Check, Health
from spanmill_collector.http_edge import Endpoints, HttpServer
from spanmill_collector.intake import Intake
from spanmill_collector.metrics import Metrics
from spanmill_collector.options import Options
from spanmill_collector.ports import bind, target
from spanmill_collector.recovery import recover
from spanmill_collector.shipper import Shipper, ShippingOptions
from spanmill_collector.sink import SinkFactory
from spanmill_collector.wal import WriteAheadLog, sync_for

logger = logging.getLogger(__name__)

GRACE_S: Final = 2
"""How long a stop waits for requests under way."""


class App:
    """A collector that is wired but not started; `run` it once."""

    def __init__(self, options: Options, folder: WalFolder, listener: socket.socket, open_sink: SinkFactory) -> None:
        metrics = Metrics()
        wal = WriteAheadLog(folder, sync_for(options.durability), options.segment_max_bytes)
        backlog = ByteBudget(
            options.wal_max_bytes, Reason.WAL_FULL, "The write-ahead log is full because ClickHouse does not keep up."
        )
        in_flight = ByteBudget(
            options.in_flight_max_bytes, Reason.OVERLOADED, "Too many requests are being received at the moment."
        )
        self._options = options
        self._folder = folder
        self._committer = Committer(wal, backlog, options.segment_max_bytes, metrics)
        self._shipper = Shipper(
            self._committer,
            [Courier(folder, open_sink) for _ in range(options.parallel_inserts)],
            backlog,
            metrics,
            ShippingOptions(options.segment_max_age_s, options.drain_timeout_s),
        )
        self._intake = Intake(self._committer, in_flight, metrics)
        self._grpc = GrpcEdge(self._intake, options.host, options.grpc_port, options.request_max_bytes)
        health = self._health(backlog)
        endpoints = Endpoints(self._intake, health, metrics, options.request_max_bytes)
        self._http = HttpServer(endpoints.application(), listener, GRACE_S)
        self._watch(metrics, backlog, in_flight)

    async def run(self, stop: asyncio.Event) -> None:
        """
        Serve until *stop* is set, then drain.

        Raises:
            CollectorError: The gRPC port cannot be bound.
        """
        self._committer.adopt(recover(self._folder))
        await self._grpc.start()
        self._http.start()
        self._shipper.start()
        logger.info(
            "receiving OTLP on %s (gRPC) and %s (HTTP), log in %s",
            target(self._options.host, self._grpc.port),
            target(self._options.host, self._http.port),
            self._folder.path,
        )
        await stop.wait()
        await self._drain()

    async def _drain(self) -> None:
        logger.info("stopping: finishing requests and shipping the log")
        self._intake.is_stopping = True
        await asyncio.gather(self._grpc.stop(GRACE_S), self._http.stop())
        await self._committer.close()
        await self._shipper.drain()
        logger.info("stopped")

    def _health(self, backlog: ByteBudget) -> Health:
        def grpc() -> str | None:
            return None if self._grpc.is_serving else "not bound yet"

        def log() -> str | None:
            if self._committer.is_failing:
                return "cannot be written"
            return "is full" if backlog.is_full else None

        def process() -> str | None:
            return "stopping" if self._intake.is_stopping else None

        checks = (Check("grpc", grpc), Check("write-ahead log", log), Check("collector", process))
        return Health(checks, lambda: self._shipper.store)

    def _watch(self, metrics: Metrics, backlog: ByteBudget, in_flight: ByteBudget) -> None:
        metrics.watch("wal_bytes", lambda: backlog.used_bytes)
        metrics.watch("wal_limit_bytes", lambda: backlog.limit_bytes)
        metrics.watch("in_flight_bytes", lambda: in_flight.used_bytes)
        metrics.watch("waiting_segments", lambda: len(self._committer.sealed))


async def build_and_run(options: Options, stop: asyncio.Event, open_sink: SinkFactory) -> None:
    """
    Build the collector that *options* describe, run it until *stop* is set, and give everything back.

    Segments go to what *open_sink* connects to.

    Raises:
        CollectorError: It cannot start.
    """
    folder = WalFolder.open(options.data_dir / "wal" / "traces", time.time_ns)
    try:
        with bind(options.host, options.http_port, "SPANMILL_OTLP_HTTP_PORT") as listener:
            app = App(options, folder, listener, open_sink)
            await app.run(stop)
    finally:
        folder.close()
