"""
INSERT with the data in the request's body: received whole, then given to the engine as a file.

chDB's own streaming insert is not used: its ``finish`` answers that all is well when a table or a view has refused the
rows, so a full disk would lose data that a collector has already removed from its log. A statement that reads a file
reports every error, and is faster. While one block is unpacked and written in a thread, the next one is read from the
socket.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Executor
from contextlib import aclosing
from typing import IO, Final

from spanmill_store.embedded.compression import Decoder
from spanmill_store.embedded.engine import Connection, QueryResult, engine_errors
from spanmill_store.embedded.errors import ClickHouseError
from spanmill_store.embedded.statement import Statement
from spanmill_store.quoting import identifier

BATCH_BYTES: Final = 1 << 20


class BodyInsert:
    """One INSERT; every method that works on its data runs in a thread, one after the other."""

    def __init__(self, connection: Connection, decoder: Decoder, prepare: Callable[[], None], spool: IO[bytes]) -> None:
        """Remember the *spool*, an empty file without a buffer that holds the unpacked data."""
        self._connection = connection
        self._decoder = decoder
        self._prepare = prepare
        self._spool = spool

    async def run(
        self, executor: Executor, statement: Statement, head: bytes, blocks: AsyncGenerator[bytes, None]
    ) -> QueryResult:
        """
        Insert *head* (already unpacked) and then *blocks* (not yet unpacked).

        Raises:
            ClickHouseError: The engine refused the data, or the body was damaged or ended early; nothing is committed
                then beyond what the engine commits of a very large INSERT on its way.
        """
        loop = asyncio.get_running_loop()
        working: asyncio.Future[None] = loop.run_in_executor(executor, self._write, head)
        try:
            async with aclosing(blocks) as unread:
                async for batch in _batches(unread):
                    await working
                    working = loop.run_in_executor(executor, self._unpack, batch)
            await working
        finally:
            await asyncio.wait([working])
        inserting = loop.run_in_executor(executor, self._insert, statement)
        try:
            return await asyncio.shield(inserting)
        finally:
            # Even when the server stops: neither file nor connection must be closed under a running insert.
            await asyncio.wait([inserting])

    def _unpack(self, batch: list[bytes]) -> None:
        for block in batch:
            for piece in self._decoder.feed(block):
                self._write(piece)

    def _write(self, data: bytes) -> None:
        left = memoryview(data)
        try:
            # Without a buffer a write may take only a part, as on a disk that is nearly full.
            while left:
                left = left[self._spool.write(left) :]
        except OSError as error:
            raise ClickHouseError(243, "NOT_ENOUGH_SPACE", f"Cannot spool the data of an INSERT: {error}") from error

    def _insert(self, statement: Statement) -> QueryResult:
        for piece in self._decoder.finish():
            self._write(piece)
        self._prepare()
        source = f" FROM INFILE '/dev/fd/{self._spool.fileno()}' COMPRESSION 'none' ".encode()
        data_format = f" FORMAT {identifier(statement.output_format or 'Values')}".encode()
        with engine_errors():
            return self._connection.query(statement.body + source + statement.tail + data_format, "Null")


async def _batches(blocks: AsyncGenerator[bytes, None]) -> AsyncGenerator[list[bytes], None]:
    """Gather what comes from the socket in small pieces: to hand work to a thread costs more than a small piece's."""
    batch: list[bytes] = []
    size = 0
    async for block in blocks:
        batch.append(block)
        size += len(block)
        if size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
