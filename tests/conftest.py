"""Fixtures that every test folder may use: the embedded servers and a migrated database."""

from collections.abc import Iterator

import pytest

from spanmill_store.client import Store
from support.databases import Databases
from support.servers import ClickHouseServer, clickhouse_server


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the benchmark kill more often, and read what came of it."""
    parser.addoption("--kills", type=int, default=6, help="how often the chaos test of the collector kills")
    parser.addoption("--kills-report", help="file for what it saw, as JSON")


@pytest.fixture(scope="session")
def clickhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseServer]:
    """One embedded ClickHouse for the whole session."""
    with clickhouse_server(tmp_path_factory.mktemp("clickhouse")) as server:
        yield server


@pytest.fixture(scope="session")
def databases(clickhouse: ClickHouseServer) -> Iterator[Databases]:
    """Databases on that server."""
    with Databases(clickhouse) as made:
        yield made


@pytest.fixture
def database_url(databases: Databases, request: pytest.FixtureRequest) -> Iterator[str]:
    """URL of a database of the test's own: migrated where the test uses `store`, else not yet created."""
    if "store" not in request.fixturenames:
        yield databases.new_url()
        return
    url = databases.migrated_url()
    yield url
    databases.give_back(url)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """A store whose database is migrated and empty."""
    with Store.connect(database_url) as connected:
        yield connected
