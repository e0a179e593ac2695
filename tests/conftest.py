"""Fixtures that every test folder may use: the embedded servers and a migrated database."""

import itertools
from collections.abc import Iterator

import pytest

from spanmill_store.client import Store
from spanmill_store.migrations import migrate
from support.servers import ClickHouseServer, clickhouse_server

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def clickhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseServer]:
    """One embedded ClickHouse for the whole session."""
    with clickhouse_server(tmp_path_factory.mktemp("clickhouse")) as server:
        yield server


@pytest.fixture
def database_url(clickhouse: ClickHouseServer) -> str:
    """URL of a database of the test's own, not yet created."""
    return f"{clickhouse.url}/test_{next(_numbers)}"


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """A store whose database is migrated and empty."""
    with Store.connect(database_url) as connected:
        migrate(connected)
        yield connected
