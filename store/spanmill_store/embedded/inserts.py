"""
INSERT with the data in the request's body: streamed into the engine, committed only when the body is complete.

While one block is unpacked and parsed in a thread, the next one is read from the socket.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Executor
from contextlib import aclosing

from spanmill_store.embedded.compression import Decoder
from spanmill_store.embedded.engine import Connection, Inserter, InsertResult, engine_errors


class BodyInsert:
    """One INSERT; every method that touches the engine runs in a thread, one after the other."""

    def __init__(self, connection: Connection, decoder: Decoder, prepare: Callable[[], None]) -> None:
        self._connection = connection
        self._decoder = decoder
        self._prepare = prepare
        self._inserter: Inserter | None = None

    async def run(
        self, executor: Executor, sql: bytes, input_format: str, head: bytes, blocks: AsyncGenerator[bytes, None]
    ) -> InsertResult:
        """
        Insert *head* (already unpacked) and then *blocks* (not yet unpacked).

        Raises:
            ClickHouseError: The engine refused the data, or the body was damaged or ended early; nothing is committed
                then beyond what the engine commits of a very large INSERT on its way.
        """
        loop = asyncio.get_running_loop()
        working = loop.run_in_executor(executor, self._start, sql, input_format, head)
        try:
            async with aclosing(blocks) as unread:
                async for block in unread:
                    await working
                    working = loop.run_in_executor(executor, self._append, block)
            await working
            return await loop.run_in_executor(executor, self._finish)
        except BaseException:
            await asyncio.wait([working])
            await loop.run_in_executor(executor, self._cancel)
            raise

    def _start(self, sql: bytes, input_format: str, head: bytes) -> None:
        self._prepare()
        with engine_errors():
            self._inserter = self._connection.send_insert(sql, input_format)
            if head:
                self._inserter.append(head)

    def _append(self, block: bytes) -> None:
        inserter = self._open_inserter()
        for piece in self._decoder.feed(block):
            with engine_errors():
                inserter.append(piece)

    def _finish(self) -> InsertResult:
        inserter = self._open_inserter()
        for piece in self._decoder.finish():
            with engine_errors():
                inserter.append(piece)
        with engine_errors():
            return inserter.finish()

    def _cancel(self) -> None:
        if self._inserter is not None:
            with engine_errors():
                self._inserter.cancel()

    def _open_inserter(self) -> Inserter:
        if self._inserter is None:
            message = "the INSERT has not begun"
            raise RuntimeError(message)
        return self._inserter
