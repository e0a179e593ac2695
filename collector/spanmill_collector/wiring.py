"""The composition root: every object of a collector is made here, and started and stopped in order."""

import asyncio
import contextlib
import logging
import socket
import time
from typing import Final

from spanmill_collector.access.gate import Gate
from spanmill_collector.access.keyring import Keyring
from spanmill_collector.accounts.exposition import PUBLISH_EVERY_S, Exposition
from spanmill_collector.accounts.ledger import Ledger
from spanmill_collector.accounts.metrics import Metrics
from spanmill_collector.backend import Backend
from spanmill_collector.budget import ByteBudget
from spanmill_collector.clock import ReceiveClock
from spanmill_collector.edges.grpc import GrpcEdge
from spanmill_collector.edges.http import Endpoints
from spanmill_collector.edges.ports import bind, target
from spanmill_collector.edges.server import HttpServer
from spanmill_collector.errors import Reason
from spanmill_collector.health import Check, Health, StoreState
from spanmill_collector.intake import Intake
from spanmill_collector.lane import Lane, lane
from spanmill_collector.options import Options
from spanmill_collector.otlp.signals import SIGNALS
from spanmill_collector.rounds import Rounds
from spanmill_collector.wal.folder import WalFolder
from spanmill_collector.wal.orphans import adopt_orphans

logger = logging.getLogger(__name__)

GRACE_S: Final = 2
"""How long a stop waits for requests under way."""

KEYS_EVERY_S: Final = 2.0
LEDGER_EVERY_S: Final = 5.0


class App:
    """A collector that is wired but not started; `run` it once. Raises `CollectorError` for an unusable certificate."""

    def __init__(
        self, options: Options, folders: dict[str, WalFolder], listener: socket.socket, backend: Backend
    ) -> None:
        metrics = Metrics()
        backlog = ByteBudget(
            options.wal_max_bytes, Reason.WAL_FULL, "The write-ahead log is full because ClickHouse does not keep up."
        )
        in_flight = ByteBudget(
            options.in_flight_max_bytes, Reason.OVERLOADED, "Too many requests are being received at the moment."
        )
        self._options = options
        self._lanes = [
            lane(signal.name, folders[signal.name], options, backlog, metrics, backend.open_sink) for signal in SIGNALS
        ]
        self._keyring = Keyring(options.data_dir, backend.read_keys)
        self._ledger = Ledger(backend.write_ledger)
        self._rounds = Rounds()
        self._intake = Intake(
            {one.signal: one.committer for one in self._lanes},
            Gate(self._keyring, requires_key=options.requires_key),
            in_flight,
            metrics,
            self._ledger,
            ReceiveClock(options.number),
        )
        self._grpc = GrpcEdge(
            self._intake,
            options.host,
            options.grpc_port,
            options.request_max_bytes,
            tls=options.tls,
            shares_port=options.shares_port,
        )
        self._exposition = Exposition(metrics, options.data_dir / "run", options.number, options.collectors)
        endpoints = Endpoints(self._intake, self._health(backlog), self._exposition, options.request_max_bytes)
        tls = options.tls.context() if options.tls is not None else None
        self._http = HttpServer(endpoints.application(options.cors_origins), listener, GRACE_S, tls)
        metrics.watch("wal_bytes", lambda: backlog.used_bytes)
        metrics.watch("wal_limit_bytes", lambda: backlog.limit_bytes)
        metrics.watch("in_flight_bytes", lambda: in_flight.used_bytes)

    async def run(self, stop: asyncio.Event) -> None:
        """
        Serve until *stop* is set, then drain.

        Raises:
            CollectorError: A port cannot be bound.
        """
        self._keyring.load()
        for one in self._lanes:
            one.start()
        await self._grpc.start()
        self._http.start()
        self._rounds.start(self._keyring.refresh, KEYS_EVERY_S, "keys")
        self._rounds.start(self._write_ledger, LEDGER_EVERY_S, "ledger")
        if self._exposition.is_shared:
            self._rounds.start(self._exposition.publish, PUBLISH_EVERY_S, "metrics")
        logger.info(
            "receiving OTLP on %s (gRPC) and %s (HTTP), log in %s",
            target(self._options.host, self._grpc.port),
            target(self._options.host, self._http.port),
            self._lanes[0].folder.path.parent,
        )
        await stop.wait()
        await self._drain()

    async def _drain(self) -> None:
        logger.info("stopping: finishing requests and shipping the log")
        self._intake.is_stopping = True
        await asyncio.gather(self._grpc.stop(GRACE_S), self._http.stop())
        await asyncio.gather(*(one.drain() for one in self._lanes))
        await self._rounds.stop()
        self._exposition.withdraw()
        logger.info("stopped")

    def _write_ledger(self) -> None:
        while self._ledger.freeze() and self._ledger.flush():
            pass

    def _health(self, backlog: ByteBudget) -> Health:
        def grpc() -> str | None:
            return None if self._grpc.is_serving else "not bound yet"

        def log() -> str | None:
            if any(one.committer.is_failing for one in self._lanes):
                return "cannot be written"
            return "is full" if backlog.is_full else None

        def process() -> str | None:
            return "stopping" if self._intake.is_stopping else None

        checks = (Check("grpc", grpc), Check("write-ahead log", log), Check("collector", process))
        return Health(checks, lambda: store_state(self._lanes))


def store_state(lanes: list[Lane]) -> StoreState:
    """What ClickHouse said last, the worst of what the *lanes* heard."""
    heard = {one.shipper.store for one in lanes}
    return next((state for state in (StoreState.AWAY, StoreState.ANSWERS) if state in heard), StoreState.NOT_ASKED)


async def build_and_run(options: Options, stop: asyncio.Event, backend: Backend) -> None:
    """
    Build the collector that *options* describe, run it until *stop* is set, and give everything back.

    Raises:
        CollectorError: It cannot start.
    """
    with contextlib.ExitStack() as held:
        folders = {signal.name: _open_folder(options, signal.name, held) for signal in SIGNALS}
        port, setting = options.http_port, "SPANMILL_OTLP_HTTP_PORT"
        listener = held.enter_context(bind(options.host, port, setting, shared=options.shares_port))
        await App(options, folders, listener, backend).run(stop)


def _open_folder(options: Options, signal: str, held: contextlib.ExitStack) -> WalFolder:
    logs = options.data_dir / "wal"
    folder = WalFolder.open(logs / str(options.number) / signal, time.time_ns)
    held.callback(folder.close)
    if options.number == 1:
        adopt_orphans(logs, folder, options.collectors)
    return folder
