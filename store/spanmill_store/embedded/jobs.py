"""The three ways a statement runs: rows streamed out, rows streamed in, and commands with small answers."""

import asyncio
import tempfile
import time
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from spanmill_store.embedded.answers import Answer, Summary
from spanmill_store.embedded.compression import Decoder, PlainEncoder
from spanmill_store.embedded.engine import Connection, Engine, QueryResult, engine_errors
from spanmill_store.embedded.handshake import handshake_block, is_handshake
from spanmill_store.embedded.inserts import BodyInsert
from spanmill_store.embedded.request import QueryRequest
from spanmill_store.embedded.request_body import RequestBody
from spanmill_store.embedded.results import PIPE_BYTES, ResultStream
from spanmill_store.embedded.statement import Kind, Statement

SPOOL_BYTES: Final = 16 << 20
"""An answer that waits for its end is held in memory up to here, and in a temporary file beyond."""


@dataclass(frozen=True, slots=True)
class Threads:
    """Where blocking work happens: the engine's calls, and packing of answers."""

    engine: ThreadPoolExecutor
    codecs: ThreadPoolExecutor


@dataclass(frozen=True, slots=True)
class Job:
    """Everything that one statement needs to run."""

    engine: Engine
    threads: Threads
    request: QueryRequest
    statement: Statement
    data: bytes
    """Data of an INSERT that were read together with the statement."""
    body: RequestBody
    blocks: AsyncGenerator[bytes, None]
    decoder: Decoder
    connection: Connection
    prepare: Callable[[], None]
    done: Callable[[], None]
    """To be called when the connection is no longer needed, before the client sees the end of its answer."""
    answer: Answer
    started: float


async def run_job(job: Job) -> None:
    """
    Run the statement and answer.

    Raises:
        ClickHouseError: Anything went wrong.
    """
    if is_handshake(job.request, job.statement):
        await _handshake(job)
    elif job.statement.kind is Kind.INSERT:
        await _insert(job)
    elif job.statement.kind is Kind.SELECT:
        await _select(job)
    else:
        await _command(job)


async def _handshake(job: Job) -> None:
    block = handshake_block(job.engine.identity, job.request.protocol_version)
    packed = job.answer.encoder.encode(block) + job.answer.encoder.finish()
    summary = Summary(read_rows=1, result_rows=1, elapsed_ns=_elapsed_ns(job))
    await job.answer.begin("Native", summary, length=len(packed))
    await job.answer.end(packed)


async def _insert(job: Job) -> None:
    with job.engine.spool() as spool:
        insert = BodyInsert(job.connection, job.decoder, job.prepare, spool)
        result = await insert.run(job.threads.engine, job.statement, job.data, job.blocks)
    summary = Summary(written_rows=result.rows_written(), written_bytes=result.bytes_written())
    summary.elapsed_ns = _elapsed_ns(job)
    job.done()
    await job.answer.begin(None, summary, length=0)
    await job.answer.end()


async def _command(job: Job) -> None:
    loop = asyncio.get_running_loop()
    running = loop.run_in_executor(job.threads.engine, _query, job)
    try:
        result, rows = await asyncio.shield(running)
    finally:
        # Even when the server stops: the connection must not be closed under a running command.
        await asyncio.wait([running])
    job.done()
    answers = bool(rows) or job.statement.is_reading
    output_format = (job.statement.output_format or job.request.default_format) if answers else None
    packed = job.answer.encoder.encode(rows) + job.answer.encoder.finish()
    await job.answer.begin(output_format, _summary(job, result), length=len(packed))
    await job.answer.end(packed)


def _query(job: Job) -> tuple[QueryResult, bytes]:
    job.prepare()
    with engine_errors():
        result = job.connection.query(job.statement.body, job.request.default_format)
        return result, result.bytes()


async def _select(job: Job) -> None:
    output_format = job.statement.output_format or job.request.default_format
    stream = ResultStream.start(job.threads.engine, job.connection, job.statement, output_format, job.prepare)
    watch = asyncio.ensure_future(job.body.disconnected())
    watch.add_done_callback(lambda _: stream.stop())
    try:
        await _send_rows(job, stream, output_format)
    finally:
        watch.cancel()
        if not stream.is_finished:
            stream.stop()
            await asyncio.get_running_loop().run_in_executor(job.threads.engine, job.engine.kill, job.request.query_id)
        await stream.close()


async def _send_rows(job: Job, stream: ResultStream, output_format: str) -> None:
    with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as spool:
        held = 0
        limit = job.request.buffer_bytes
        # Like a server, hold back the beginning: an error in it still gets its own HTTP status.
        while (held < limit or job.request.waits_for_end) and (data := await stream.read()):
            held += len(data)
            spool.write(data)
        if stream.is_at_end:
            result = await stream.result()
            job.done()
            is_as_long = held == 0 or isinstance(job.answer.encoder, PlainEncoder)
            await job.answer.begin(output_format, _summary(job, result), length=held if is_as_long else None)
        else:
            await job.answer.begin(output_format, Summary(elapsed_ns=_elapsed_ns(job)))
        spool.seek(0)
        while data := spool.read(PIPE_BYTES):
            await _send(job, data)
    while data := await stream.read():
        await _send(job, data)
    await stream.result()
    job.done()
    await job.answer.end(job.answer.encoder.finish())


async def _send(job: Job, data: bytes) -> None:
    encoder = job.answer.encoder
    if not isinstance(encoder, PlainEncoder):
        data = await asyncio.get_running_loop().run_in_executor(job.threads.codecs, encoder.encode, data)
    await job.answer.write(data)


def _summary(job: Job, result: QueryResult) -> Summary:
    return Summary(
        read_rows=result.storage_rows_read(),
        read_bytes=result.storage_bytes_read(),
        written_rows=result.rows_written(),
        written_bytes=result.bytes_written(),
        result_rows=result.rows_read(),
        elapsed_ns=_elapsed_ns(job),
    )


def _elapsed_ns(job: Job) -> int:
    return int((time.monotonic() - job.started) * 1e9)
