"""The demo runs once for all tests of this folder."""

from collections.abc import Iterator

import pytest

from spanmill_store import usage
from spanmill_store.client import Store
from support.demo import Finished, kept_running


@pytest.fixture(scope="session")
def demo() -> Iterator[Finished]:
    """A finished demo whose spanmill still runs."""
    with kept_running() as finished:
        with Store.connect(f"http://127.0.0.1:{finished.settings['SPANMILL_CLICKHOUSE_PORT']}/spanmill") as store:
            usage.fold(store)  # as upkeep does twice a minute
        yield finished
