"""What the tests of the embedded server share: one request, and a database of the test's own."""

import pytest

from support.http_query import Ask, ask_on
from support.servers import ClickHouseServer


@pytest.fixture
def ask(clickhouse: ClickHouseServer) -> Ask:
    """Send one request to the session's server."""
    return ask_on(clickhouse.port)


@pytest.fixture
def database(ask: Ask, database_url: str) -> str:
    """A new, empty database."""
    name = database_url.rpartition("/")[2]
    assert ask(f"CREATE DATABASE {name}").status == 200
    return name


@pytest.fixture
def numbers(ask: Ask, database: str) -> str:
    """An empty table with a number and a text."""
    assert (
        ask("CREATE TABLE numbers (a Int32, b String) ENGINE = MergeTree ORDER BY a", database=database).status == 200
    )
    return database
