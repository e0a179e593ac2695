"""A request's body as it arrives: blocks of about a megabyte, with a limit on how long the client may stay silent."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Final

from starlette.types import Receive

from spanmill_store.embedded.errors import ClickHouseError, client_gone

BLOCK_BYTES: Final = 1 << 20
SILENCE_LIMIT_S: Final = 60.0


class RequestBody:
    """Reads one request's body; a body that ends early is an error, never an end."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._is_complete = False

    async def blocks(self) -> AsyncGenerator[bytes, None]:
        """
        Yield the body in blocks of at least `BLOCK_BYTES`, the last one shorter.

        Raises:
            ClickHouseError: The client hung up or fell silent.
        """
        chunks: list[bytes] = []
        size = 0
        while not self._is_complete:
            chunk = await self._next()
            chunks.append(chunk)
            size += len(chunk)
            if size >= BLOCK_BYTES:
                yield b"".join(chunks)
                chunks, size = [], 0
        if size:
            yield b"".join(chunks)

    def was_read(self) -> None:
        """Say that somebody else has read the body."""
        self._is_complete = True

    async def disconnected(self) -> None:
        """Return when the client has hung up; call it only after the body was read."""
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                return

    async def _next(self) -> bytes:
        try:
            async with asyncio.timeout(SILENCE_LIMIT_S):
                message = await self._receive()
        except TimeoutError as error:
            text = f"The client sent nothing for {SILENCE_LIMIT_S:.0f} s"
            raise ClickHouseError(209, "SOCKET_TIMEOUT", text, status=408) from error
        if message["type"] == "http.disconnect":
            raise client_gone()
        self._is_complete = not message.get("more_body", False)
        body: bytes = message.get("body", b"")
        return body
