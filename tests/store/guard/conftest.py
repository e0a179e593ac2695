"""Two databases: one with rows of two projects, one with rows of the first of them alone."""

from collections.abc import Iterator

import pytest

from spanmill_store.client import Store
from support.databases import Databases
from support.http_query import Ask, ask_on
from support.servers import ClickHouseServer
from support.two_projects import OURS, THEIRS, fill


@pytest.fixture(scope="session")
def ask(clickhouse: ClickHouseServer) -> Ask:
    """Send one request to the session's server, past the guard."""
    return ask_on(clickhouse.port)


@pytest.fixture(scope="session")
def both(databases: Databases) -> Iterator[Store]:
    """A store with rows of both projects."""
    with Store.connect(databases.migrated_url()) as store:
        fill(store, OURS)
        fill(store, THEIRS)
        yield store


@pytest.fixture(scope="session")
def alone(databases: Databases) -> Iterator[Store]:
    """A store with rows of `OURS` only."""
    with Store.connect(databases.migrated_url()) as store:
        fill(store, OURS)
        yield store
