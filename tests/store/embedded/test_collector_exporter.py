"""The OpenTelemetry Collector's ClickHouse exporter (v0.161.0), replayed from recordings of what it sent."""

import base64
import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from spanmill_store.embedded.engine import Identity
from spanmill_store.embedded.handshake import handshake_block
from support.http_query import Ask

HERE = Path(__file__).parent


@pytest.mark.clickhouse
@pytest.mark.parametrize("compression", ["lz4", "none"])
def test_the_recorded_requests_store_the_spans(ask: Ask, compression: str) -> None:
    """Handshake, schema and Native inserts are answered as when they were recorded, and the spans can be read."""
    database = f"otel_{compression}"
    ask(f"DROP DATABASE IF EXISTS {database}")
    for recorded in json.loads((HERE / f"collector_exporter_{compression}.json").read_text()):
        query = urlsplit(recorded["path"]).query
        parameters = {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()}
        reply = ask(base64.b64decode(recorded["body"]), headers=recorded["headers"], **parameters)
        assert reply.status == recorded["status"]
    rows = ask(f"SELECT SpanName, count() FROM {database}.otel_traces GROUP BY 1 ORDER BY 1 FORMAT TSV").text
    assert rows == "child\t3\nparent\t3\n"


@pytest.mark.parametrize(
    ("version", "start"), [(54405, b"\x01\x00\x02\xff\xff\xff\xff\x00\x04\x01\x0d"), (1, b"\x04\x01\x0d")]
)
def test_the_handshake_says_revision_zero(version: int, start: bytes) -> None:
    """The Go driver is told in its own revision to expect plain blocks from then on."""
    block = handshake_block(Identity("26.9.2.1", "UTC", "here"), version)
    assert block.startswith(start)
    assert b"revision()\x06UInt32\x00\x00\x00\x00" in block
