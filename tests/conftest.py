"""Fixtures that every test folder may use: the embedded servers and a migrated database."""

import faulthandler
from collections.abc import Iterator
from typing import Final

import pytest
from hypothesis import settings

from spanmill_store.client import Store
from spanmill_store.migrations import migrate
from support import one_shard
from support.databases import Databases
from support.servers import ClickHouseServer, clickhouse_server

# Machines are noisy: how long an example takes says nothing.
settings.register_profile("spanmill", deadline=None)
settings.load_profile("spanmill")


EXIT_TIMEOUT_S: Final = 60.0


def pytest_unconfigure() -> None:
    """A thread that a test has left behind must not hold the whole run up: it is named, and the run fails."""
    faulthandler.dump_traceback_later(EXIT_TIMEOUT_S, exit=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the benchmark kill more often, and read what came of it."""
    parser.addoption("--kills", type=int, default=6, help="how often the chaos test of the collector kills")
    parser.addoption("--one-shard", action="store_true", help="on the schema of a cluster, see tests/support/one_shard")
    parser.addoption("--kills-report", help="file for what it saw, as JSON")
    parser.addoption("--scoring-kills", type=int, default=7, help="how often the chaos test of scoring kills")
    parser.addoption("--scoring-traces", type=int, default=800, help="traces that come in meanwhile")
    parser.addoption("--scoring-seed", type=int, help="whom it kills and when, to repeat a run that failed")
    parser.addoption("--scoring-report", help="file for what that test saw, as JSON")


@pytest.fixture(scope="session")
def clickhouse(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[ClickHouseServer]:
    """One embedded ClickHouse for the whole session."""
    module = "support.cluster_server" if pytestconfig.getoption("one_shard") else "spanmill"
    with clickhouse_server(tmp_path_factory.mktemp("clickhouse"), module=module) as server:
        yield server


@pytest.fixture(scope="session")
def databases(clickhouse: ClickHouseServer, pytestconfig: pytest.Config) -> Iterator[Databases]:
    """Databases on that server."""
    with Databases(clickhouse, one_shard.migrate if pytestconfig.getoption("one_shard") else migrate) as made:
        yield made


@pytest.fixture(autouse=True)
def _alone(pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the schema of a cluster, the only node runs what is for all nodes."""
    if pytestconfig.getoption("one_shard"):
        one_shard.stand_alone(monkeypatch)


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
