"""clickhouse-connect against the embedded server, unchanged, with and without its sessions."""

import datetime as dt
from collections.abc import Iterator

import clickhouse_connect
import pandas as pd
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError
from clickhouse_connect.driver.summary import QuerySummary

from support.servers import ClickHouseServer

pytestmark = pytest.mark.clickhouse
NAMES = ["a", "b", "c", "d", "m", "n", "l"]
ROW = [1, "text", "low", dt.datetime(2026, 1, 1), {"k": "v"}, None, ["p", "q"]]


@pytest.fixture(params=[True, False], ids=["session", "no session"])
def client(request: pytest.FixtureRequest, clickhouse: ClickHouseServer, database: str) -> Iterator[Client]:
    """A client whose database has a table of many types."""
    with clickhouse_connect.get_client(
        host="127.0.0.1", port=clickhouse.port, database=database, autogenerate_session_id=request.param
    ) as connected:
        connected.command(
            "CREATE TABLE many (a UInt32, b String, c LowCardinality(String), d DateTime64(9), "
            "m Map(LowCardinality(String), String), n Nullable(Float64), l Array(String)) ENGINE = MergeTree ORDER BY a"
        )
        yield connected


@pytest.mark.parametrize("compress", [False, "lz4", "zstd", "gzip"])
def test_rows_survive_both_ways(clickhouse: ClickHouseServer, client: Client, compress: bool | str) -> None:
    """Rows come back as they were inserted, whatever the compression."""
    with clickhouse_connect.get_client(
        host="127.0.0.1", port=clickhouse.port, database=client.database, compress=compress
    ) as packed:
        assert packed.insert("many", [ROW] * 3, column_names=NAMES).written_rows == 3
        assert [list(row) for row in packed.query("SELECT * FROM many").result_rows] == [ROW] * 3


def test_dataframes_survive_both_ways(client: Client) -> None:
    """DataFrames go in and out."""
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    assert client.insert_df("many", frame).written_rows == 2
    assert client.query_df("SELECT a, b FROM many ORDER BY a")["b"].tolist() == ["x", "y"]


def test_raw_formats(client: Client) -> None:
    """Raw bodies in any format go in and out."""
    assert client.raw_insert("many", ["a", "b"], b'7,"z"\n8,"y"\n', fmt="CSV").written_rows == 2
    assert client.raw_query("SELECT a FROM many ORDER BY a", fmt="JSONEachRow") == b'{"a":7}\n{"a":8}\n'


def test_streams(client: Client) -> None:
    """Large results come block by block."""
    with client.query_row_block_stream("SELECT number FROM numbers(300000)") as blocks:
        assert sum(len(block) for block in blocks) == 300_000


def test_parameters_of_both_styles(client: Client) -> None:
    """Server-side and client-side parameters carry awkward text."""
    text = "a'b\\\tc\n"
    assert client.query("SELECT {x:String}", parameters={"x": text}).first_row == (text,)
    assert client.query("SELECT %(x)s", parameters={"x": text}).first_row == (text,)


def test_settings_hold_for_one_query(client: Client) -> None:
    """A setting given with a query does not outlive it."""
    sql = "SELECT getSetting('max_block_size')"
    assert client.command(sql, settings={"max_block_size": 123}) == 123
    assert client.command(sql) != 123


@pytest.mark.parametrize(
    ("sql", "code"),
    [("SELECT * FROM nope", 60), ("SELECT throwIf(number = 3000000) FROM numbers(4000000)", 395)],
)
def test_errors_carry_the_code(client: Client, sql: str, code: int) -> None:
    """Errors before and after the first rows are ClickHouse errors with their number."""
    with pytest.raises(DatabaseError, match=f"[Cc]ode: {code}"):
        client.query(sql)


def test_commands_and_questions(client: Client) -> None:
    """Commands, SHOW, DESCRIBE, EXPLAIN and WITH answer as from a server."""
    written = client.command("INSERT INTO many (a) SELECT number FROM numbers(5)")
    assert isinstance(written, QuerySummary)
    assert written.written_rows == 5
    assert client.query("SHOW TABLES").result_rows == [("many",)]
    assert client.query("DESCRIBE TABLE many").result_rows[0][0] == "a"
    assert client.query("EXPLAIN SELECT 1").result_rows
    assert client.query("WITH 3 AS x SELECT x -- comment").first_row == (3,)
