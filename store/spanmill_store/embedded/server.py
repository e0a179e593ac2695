"""The process: data directory, port, engine, HTTP server, and a stop that finishes what is running."""

import contextlib
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import uvicorn

from spanmill_store.embedded.app import build
from spanmill_store.embedded.engine import Engine
from spanmill_store.embedded.lock import DataDirectoryLock
from spanmill_store.embedded.process import MergesWait
from spanmill_store.embedded.request import Credentials
from spanmill_store.embedded.runner import Runner
from spanmill_store.errors import SpanmillError

logger = logging.getLogger(__name__)

LOOPBACK: Final = "127.0.0.1"
STOP_TIMEOUT_S: Final = 4
STOP_MARGIN_S: Final = 2
KEEP_ALIVE_S: Final = 30
MAX_CONNECTIONS: Final = 1000
BACKLOG: Final = 512


class PortError(SpanmillError):
    """The port cannot be opened."""


class StoppingServer(uvicorn.Server):
    """A server whose stop cannot hang on a query that does not end."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish what is running; end the process, which loses nothing that was answered, when that takes too long."""
        watchdog = threading.Timer(STOP_TIMEOUT_S + STOP_MARGIN_S, os._exit, (0,))
        watchdog.daemon = True
        watchdog.start()
        await super().shutdown(sockets)


def serve(folder: Path, port: int, credentials: Credentials) -> None:
    """
    Serve *folder* on loopback until SIGTERM or SIGINT, then end the process with exit code 0.

    Raises:
        SpanmillError: The port or the folder cannot be used.
    """
    folder = folder.absolute()
    with _listening(port) as listener:
        actual_port = listener.getsockname()[1]
        DataDirectoryLock.take(folder, actual_port)
        # The engine writes copies of protobuf schemas into the folder that it runs in.
        os.chdir(folder)
        runner = Runner(Engine.open(folder))
        MergesWait().start()
        logger.info(
            "ClickHouse %s serves %s on http://%s:%d", runner.engine.identity.version, folder, LOOPBACK, actual_port
        )
        # uvicorn raises the signal again once it has stopped; by then it has done its work.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        StoppingServer(_configuration(runner, credentials)).run(sockets=[listener])
    _stop(runner)


def _stop(runner: Runner) -> None:
    if runner.active == 0:
        runner.close()
        runner.engine.close()
    else:
        logger.warning("%d queries were still running after %d s and are given up", runner.active, STOP_TIMEOUT_S)
    logger.info("ClickHouse has stopped")
    sys.stdout.flush()
    sys.stderr.flush()
    # chDB may crash in its exit handlers; what was answered is on disk.
    os._exit(0)


def _configuration(runner: Runner, credentials: Credentials) -> uvicorn.Config:
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    return uvicorn.Config(
        build(runner, credentials),
        loop="uvloop",
        http="httptools",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=STOP_TIMEOUT_S,
    )


def _is_news(record: logging.LogRecord) -> bool:
    # An answer is left unfinished on purpose when its query fails half-way; the client sees the error.
    return "without completing response" not in record.getMessage()


@contextlib.contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError as error:
            raise PortError(
                f"Port {port} on {LOOPBACK} cannot be used ({error.strerror}): "
                "choose another one with --port or SPANMILL_CLICKHOUSE_PORT."
            ) from error
        yield listener
