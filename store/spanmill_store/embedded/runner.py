"""From a request to a running statement: reading the statement, taking a slot, finding the session."""

import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, asynccontextmanager
from typing import Final

from spanmill_store.embedded.answers import Answer
from spanmill_store.embedded.compression import Decoder
from spanmill_store.embedded.engine import Connection, Engine, prepare
from spanmill_store.embedded.errors import read_only, syntax_error, too_many_queries
from spanmill_store.embedded.jobs import Job, Threads, run_job
from spanmill_store.embedded.request import QueryRequest
from spanmill_store.embedded.request_body import RequestBody
from spanmill_store.embedded.sessions import Sessions
from spanmill_store.embedded.statement import Kind, Statement, read_statement

MAX_QUERIES: Final = 100
MAX_STATEMENT_BYTES: Final = 64 << 20
STATEMENT_HEAD_BYTES: Final = 1 << 20
"""An INSERT must show within this many bytes where its data begin."""


class Runner:
    """Runs statements, at most `MAX_QUERIES` at a time."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.active = 0
        self._sessions = Sessions(engine)
        # A thread for each running query, and some to stop queries while all of those are taken.
        self._threads = Threads(
            ThreadPoolExecutor(MAX_QUERIES + 8, thread_name_prefix="query"),
            ThreadPoolExecutor(4, thread_name_prefix="codec"),
        )

    async def run(self, request: QueryRequest, body: RequestBody, decoder: Decoder, answer: Answer) -> None:
        """
        Run what *request* asks for and answer.

        Raises:
            ClickHouseError: Anything went wrong.
        """
        started = time.monotonic()
        if self.active >= MAX_QUERIES:
            raise too_many_queries(MAX_QUERIES)
        self.active += 1
        try:
            async with aclosing(body.blocks()) as blocks:
                statement, data = await _read(request, decoder, blocks)
                if request.is_read_only and not statement.is_reading:
                    raise read_only(statement.first_word)
                async with self._session(request) as (connection, ready, done):
                    job = Job(
                        self.engine, self._threads, request, statement, data, body, blocks, decoder,
                        connection, ready, done, answer, started,
                    )  # fmt: skip
                    await run_job(job)
        finally:
            self.active -= 1

    def close(self) -> None:
        """End sessions and threads; no statement may be running."""
        self._sessions.close()
        self._threads.engine.shutdown()
        self._threads.codecs.shutdown()

    @asynccontextmanager
    async def _session(
        self, request: QueryRequest
    ) -> AsyncIterator[tuple[Connection, Callable[[], None], Callable[[], None]]]:
        """Give a connection, what prepares it for the request, and what gives it back; the last may be called early."""
        # The query id travels as log_comment: by it a query can be found and killed.
        settings = {"log_comment": request.query_id, **request.settings}
        if request.session is None:
            connection = self.engine.connect()
            try:
                yield connection, lambda: prepare(connection, request.database, settings), _nothing
            finally:
                connection.close()
            return
        with self._sessions.held(request.session) as held:
            yield held.session.connection, lambda: held.session.prepare(request.database, settings), held.release


def _nothing() -> None:
    """A connection of the request's own is closed behind it."""


async def _read(
    request: QueryRequest, decoder: Decoder, blocks: AsyncGenerator[bytes, None]
) -> tuple[Statement, bytes]:
    """Read the statement, from the URL and as much of the body as that takes; return it with the data read so far."""
    text = bytearray(request.query)
    if text:
        statement = read_statement(bytes(text) + b"\n")
        if statement.kind is Kind.INSERT:
            return statement, bytes(text)[statement.data_start :].lstrip(b"\r\n")
        text += b"\n"
    limit = STATEMENT_HEAD_BYTES
    async for block in blocks:
        for piece in decoder.feed(block):
            text += piece
            if len(text) > MAX_STATEMENT_BYTES:
                raise syntax_error(f"The statement is longer than {MAX_STATEMENT_BYTES} bytes")
        if len(text) >= limit:
            statement = read_statement(bytes(text))
            if statement.kind is Kind.INSERT:
                return statement, bytes(text[statement.data_start :])
            limit = MAX_STATEMENT_BYTES
    for piece in decoder.finish():
        text += piece
    statement = read_statement(bytes(text))
    return statement, bytes(text[statement.data_start :]) if statement.kind is Kind.INSERT else b""
