"""
Rows of a SELECT as a stream of bytes in any format, without holding the whole of them.

The engine writes ``INTO OUTFILE`` on the write end of a pipe, in a thread; the event loop reads the other end. Closing
the read end stops the query with its next block.
"""

import asyncio
import contextlib
import fcntl
import os
import re
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Final

from spanmill_store.embedded.engine import Connection, QueryResult, engine_errors
from spanmill_store.embedded.errors import client_gone
from spanmill_store.embedded.statement import Statement
from spanmill_store.quoting import identifier

PIPE_BYTES: Final = 1 << 20
_PLAIN_NAME: Final = re.compile(r"\w+", re.ASCII)
_F_SETPIPE_SZ: Final = getattr(fcntl, "F_SETPIPE_SZ", None)


class ResultStream:
    """A running SELECT: read until `read` gives nothing, then ask `result`."""

    def __init__(self, read_end: int, running: "asyncio.Future[QueryResult]") -> None:
        self._read_end = read_end
        self._running = running
        self._is_open = True
        self._wake: asyncio.Future[None] | None = None
        self.is_at_end = False

    @classmethod
    def start(
        cls,
        executor: Executor,
        connection: Connection,
        statement: Statement,
        output_format: str,
        prepare: Callable[[], None],
    ) -> "ResultStream":
        """Run *prepare* and then *statement* in a thread of *executor*."""
        read_end, write_end = os.pipe()
        os.set_blocking(read_end, False)
        if _F_SETPIPE_SZ is not None:
            with contextlib.suppress(OSError):  # the system allows less: slower, not wrong
                fcntl.fcntl(write_end, _F_SETPIPE_SZ, PIPE_BYTES)
        sql = _into_pipe(statement, output_format, write_end)
        loop = asyncio.get_running_loop()
        return cls(read_end, loop.run_in_executor(executor, _run, connection, sql, write_end, prepare))

    @property
    def is_finished(self) -> bool:
        """Whether the engine is done with the query."""
        return self._running.done()

    async def read(self) -> bytes:
        """
        The next bytes, empty at the end.

        Raises:
            ClickHouseError: Reading was stopped because the client hung up.
        """
        while self._is_open:
            try:
                data = os.read(self._read_end, PIPE_BYTES)
            except BlockingIOError:
                await self._readable()
            else:
                self.is_at_end = not data
                return data
        raise client_gone()

    async def result(self) -> QueryResult:
        """
        What the engine says when it is done.

        Raises:
            ClickHouseError: The query failed.
        """
        return await asyncio.shield(self._running)

    def stop(self) -> None:
        """Read no more: the query ends when it writes its next block."""
        if not self._is_open:
            return
        self._is_open = False
        if self._wake is not None:
            asyncio.get_running_loop().remove_reader(self._read_end)
            _set(self._wake)
        os.close(self._read_end)

    async def close(self) -> None:
        """Stop, and wait for the query's thread."""
        self.stop()
        await asyncio.wait([self._running])
        if not self._running.cancelled():
            self._running.exception()  # an error that nobody waited for is no news

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        self._wake = wake = loop.create_future()
        loop.add_reader(self._read_end, _set, wake)
        try:
            await wake
        finally:
            if self._is_open:
                loop.remove_reader(self._read_end)
            self._wake = None


def _set(wake: "asyncio.Future[None]") -> None:
    if not wake.done():
        wake.set_result(None)


def _into_pipe(statement: Statement, output_format: str, write_end: int) -> bytes:
    name = output_format if _PLAIN_NAME.fullmatch(output_format) else identifier(output_format)
    clause = f"INTO OUTFILE '/dev/fd/{write_end}' APPEND FORMAT {name} ".encode()
    # The line break ends a comment that the body may close with.
    return statement.body + b"\n" + clause + statement.tail


def _run(connection: Connection, sql: bytes, write_end: int, prepare: Callable[[], None]) -> QueryResult:
    try:
        prepare()
        with engine_errors():
            return connection.query(sql, "Null")
    finally:
        os.close(write_end)
