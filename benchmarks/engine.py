"""
ClickHouse's own rate: segments straight into the engine, in this process, on as many threads as there are cores.

Prints spans/s into our tables, a plain table, and none, and what storing a span costs in CPU, as JSON. Run as
``python -m benchmarks.engine FOLDER``.
"""

import itertools
import json
import os
import resource
import secrets
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from pathlib import Path

from benchmarks.traffic import Shape, Templates
from spanmill_store.client import EXACTLY_ONCE as SETTINGS
from spanmill_store.embedded.engine import Connection, Engine, prepare
from spanmill_store.embedded.process import settle
from spanmill_store.migrations import known
from spanmill_store.otlp.traces import flatten
from support.otlp import framed

SEGMENTS, REQUESTS = 12, 136
EXACTLY_ONCE = {name: str(value) for name, value in SETTINGS.items()}
PLAIN = """
CREATE TABLE plain_spans ENGINE = MergeTree ORDER BY Timestamp AS
SELECT Timestamp, TraceId, SpanId, ParentSpanId, TraceState, SpanName, SpanKind, ServiceName, ResourceAttributes,
    ScopeName, ScopeVersion, SpanAttributes, Duration, StatusCode, StatusMessage, `Events.Timestamp`, `Events.Name`,
    `Events.Attributes`, `Links.TraceId`, `Links.SpanId`, `Links.TraceState`, `Links.Attributes`,
    ScopeAttributes, Project, IngestTime, KeyId
FROM otel_traces LIMIT 0
"""


def segments() -> Iterator[bytes]:
    """Runs of records, each with trace ids of its own, as large as the collector's under load."""
    bodies = iter(Templates(Shape(), 32))
    while True:
        records = (framed(body, 512, time_ns=time.time_ns()) for body in itertools.islice(bodies, REQUESTS))
        yield b"".join(part for one in records for part in one.parts)


def insert(engine: Engine, file: Path, settings: dict[str, str]) -> None:
    """Insert a segment as the embedded server does."""
    connection = engine.connect()
    # As the collector does. Without a token the engine would hash all data instead, for a third more work.
    prepare(connection, "bench", {**settings, **EXACTLY_ONCE, "insert_deduplication_token": secrets.token_hex(8)})
    connection.query(f"INSERT INTO otlp_traces FROM INFILE '{file}' COMPRESSION 'none' FORMAT Protobuf", "Null")
    connection.close()


def rate(engine: Engine, files: list[Path], settings: dict[str, str]) -> float:
    """Spans a second when all *files* are inserted."""
    began = time.perf_counter()
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        list(threads.map(lambda file: insert(engine, file, settings), files))
    return len(files) * REQUESTS * 512 / (time.perf_counter() - began)


def _cpu_s() -> float:
    """Processor time of this process, all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Measure both."""
    folder = Path(sys.argv[1])
    files = []
    for number, segment in enumerate(itertools.islice(segments(), SEGMENTS)):
        files.append(folder / f"{number}.segment")
        files[-1].write_bytes(segment)
    settle()
    engine = Engine.open(folder / "engine")
    connection = engine.connect()
    connection.query("CREATE DATABASE bench", "Null")
    schema = resources.files("spanmill_store") / "sql" / "otlp" / "traces.proto"
    settings = {"format_schema_source": "string", "format_schema": schema.read_text(encoding="utf-8")}
    settings["format_schema_message_name"] = "Request"
    prepare(connection, "bench", {})
    for migration in known():
        for statement in migration.statements:
            connection.query(statement, "Null")
    # What is merged later would be counted for what is stored then.
    connection.query("SYSTEM STOP MERGES", "Null")
    found: dict[str, float] = {}

    def measure(name: str) -> None:
        began_s = _cpu_s()
        found[name] = rate(engine, files, settings)
        found[f"{name}_us"] = (_cpu_s() - began_s) * 1e6 / (len(files) * REQUESTS * 512)

    measure("ours")
    for name in ("otel_traces_to_trace_parts", "otel_traces_to_scores", "otlp_traces_to_ingest_ledger"):
        connection.query(f"DROP TABLE IF EXISTS {name}", "Null")
    measure("mapped")
    _make_plain(connection)
    measure("plain")
    connection.query("DROP TABLE otlp_traces_to_plain", "Null")
    measure("decode")
    print(json.dumps(found))
    connection.close()
    engine.close()


def _make_plain(connection: Connection) -> None:
    """Lead the same requests into a table with the standard exporter's columns and nothing else."""
    connection.query(PLAIN, "Null")
    connection.query("SYSTEM STOP MERGES plain_spans", "Null")
    connection.query("DROP TABLE otlp_traces_to_otel_traces", "Null")
    connection.query(f"CREATE MATERIALIZED VIEW otlp_traces_to_plain TO plain_spans AS {flatten()}", "Null")


if __name__ == "__main__":
    main()
