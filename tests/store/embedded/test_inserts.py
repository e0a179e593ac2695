"""INSERTs whose data come in the request's body."""

import asyncio
import gzip
import io
import json
import socket
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import lz4.frame
import pytest

from spanmill_store.embedded.compression import decoder_for
from spanmill_store.embedded.inserts import BodyInsert
from spanmill_store.embedded.native_frames import FrameEncoder
from spanmill_store.embedded.statement import read_statement
from support.http_query import Ask
from support.processes import wait_until
from support.servers import ClickHouseServer

pytestmark = pytest.mark.clickhouse


@pytest.mark.parametrize("encoding", ["", "gzip", "lz4", "blocks"])
def test_inserts_take_compressed_bodies(ask: Ask, numbers: str, encoding: str) -> None:
    """Data arrive whole, whatever the body is packed with, and the summary counts them."""
    data = b"".join(b"%d,text %d\n" % (n, n) for n in range(50_000))
    pack = {"": bytes, "gzip": gzip.compress, "lz4": lz4.frame.compress, "blocks": FrameEncoder().encode}[encoding]
    headers = {"Content-Encoding": encoding} if encoding in {"gzip", "lz4"} else {}
    extra = {"decompress": 1} if encoding == "blocks" else {}
    reply = ask(pack(data), headers=headers, query="INSERT INTO numbers FORMAT CSV", database=numbers, **extra)
    assert json.loads(reply.headers["x-clickhouse-summary"])["written_rows"] == "50000"
    assert ask("SELECT count(), sum(a) FROM numbers", database=numbers).text == "50000\t1249975000\n"


def test_inserts_may_stand_in_the_body(ask: Ask, numbers: str) -> None:
    """Statement and data may share the body, with VALUES or any format."""
    assert ask("INSERT INTO numbers VALUES (1, 'a;b'), (2, upper('c'))", database=numbers).status == 200
    assert ask('INSERT INTO numbers FORMAT JSONEachRow {"a": 3}\n{"a": 4}', database=numbers).status == 200
    assert ask("SELECT groupArray(a) FROM (SELECT a FROM numbers ORDER BY a)", database=numbers).text == "[1,2,3,4]\n"


def test_bad_data_insert_nothing(ask: Ask, numbers: str) -> None:
    """An INSERT whose data do not parse is refused as a whole."""
    reply = ask("INSERT INTO numbers FORMAT CSV\n1,a\nx,b\n", database=numbers)
    assert reply.status == 400
    assert ask("SELECT count() FROM numbers", database=numbers).text == "0\n"


@pytest.mark.parametrize(
    "refuses",
    [
        "ALTER TABLE numbers ADD CONSTRAINT small CHECK a < 3",
        "CREATE MATERIALIZED VIEW v ENGINE = Memory AS SELECT throwIf(a = 3, 'small') AS x FROM numbers",
    ],
    ids=["a table", "a view"],
)
def test_rows_that_are_refused_while_they_are_written_are_an_error(ask: Ask, numbers: str, refuses: str) -> None:
    """The bytes parse, and yet they cannot be stored, as on a full disk: whoever sent them must hear of it."""
    assert ask(refuses, database=numbers).status == 200
    reply = ask("1,a\n3,b\n", query="INSERT INTO numbers FORMAT CSV", database=numbers)
    assert (reply.status, "small" in reply.text) == (500, True)
    assert "/dev/fd" not in reply.text


def test_settings_may_stand_before_the_data(ask: Ask, numbers: str) -> None:
    """Where the SQL has them."""
    sql = "INSERT INTO numbers (a, b) SETTINGS format_csv_delimiter = '|' FORMAT CSV"
    assert ask("1|a\n", query=sql, database=numbers).status == 200
    assert ask("SELECT b FROM numbers", database=numbers).text == "a\n"


def test_a_truncated_body_is_never_committed(clickhouse: ClickHouseServer, ask: Ask, numbers: str) -> None:
    """A client that dies in the middle of its body leaves no rows behind."""
    with socket.create_connection(("127.0.0.1", clickhouse.port)) as client:
        path = f"/?database={numbers}&query=INSERT%20INTO%20numbers%20FORMAT%20CSV"
        client.sendall(f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n1,a\n2,b\n".encode())
        running = "SELECT count() FROM system.processes WHERE query LIKE 'INSERT%' AND current_database = {d:String}"
        wait_until(lambda: ask("SELECT 1").status == 200, "an answer")
    wait_until(lambda: ask(running, param_d=numbers).text == "0\n", "the end of the INSERT")
    assert ask("SELECT count() FROM numbers", database=numbers).text == "0\n"


class ShortWrites(io.FileIO):
    """A file on a disk that is nearly full: a write takes a part of what it is given."""

    def write(self, data: Any, /) -> int:
        """Write at most 3 bytes."""
        return super().write(bytes(data)[:3])


class Seen:
    """Stands for a connection, and keeps what it is given."""

    def __init__(self, spool: io.FileIO) -> None:
        self.data = b""
        self._spool = spool

    def query(self, query: str | bytes, format: str) -> Any:  # noqa: A002 - chDB's name
        """Read the file that is to be inserted."""
        assert b"FROM INFILE" in bytes(query)  # type: ignore[arg-type]
        assert format == "Null"
        self._spool.seek(0)
        self.data = self._spool.read()

    def close(self) -> None:
        """Nothing is open."""


def test_short_writes_of_the_spool_lose_nothing(tmp_path: Path) -> None:
    """What the engine reads is what came in."""

    async def blocks() -> AsyncGenerator[bytes, None]:
        for piece in (b"2,bcd\n", b"3,efg\n"):
            yield piece

    with ShortWrites(tmp_path / "spool", "w+") as spool, ThreadPoolExecutor() as threads:
        seen = Seen(spool)
        insert = BodyInsert(seen, decoder_for("", has_frames=False), lambda: None, spool)
        statement = read_statement(b"INSERT INTO t FORMAT CSV ")
        asyncio.run(insert.run(threads, statement, b"1,a\n", blocks()))
    assert seen.data == b"1,a\n2,bcd\n3,efg\n"
