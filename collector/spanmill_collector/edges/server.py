"""The HTTP server: uvicorn on the caller's event loop and socket."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Iterator
from typing import Final

import uvicorn
from starlette.applications import Starlette

_KEEP_ALIVE_S: Final = 75


class HttpServer:
    """
    The HTTP port.

    Attributes:
        port: The bound port.
    """

    def __init__(
        self, application: Starlette, listener: socket.socket, grace_s: int, tls: ssl.SSLContext | None = None
    ) -> None:
        config = uvicorn.Config(
            application,
            loop="none",
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=grace_s,
        )
        self._listener = listener
        self._tls = tls
        self._server = _Server(config)
        self._serving: asyncio.Task[None] | None = None
        self.port: int = listener.getsockname()[1]

    def start(self) -> None:
        """Serve until `stop`."""
        config = self._server.config
        config.load()
        config.ssl = self._tls
        self._serving = asyncio.create_task(self._server.serve(sockets=[self._listener]))

    async def stop(self) -> None:
        """Accept no more connections and finish the requests under way."""
        self._server.should_exit = True
        if self._serving is not None:
            await self._serving


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the collector, whose stop has more than this server to wait for."""
        yield
