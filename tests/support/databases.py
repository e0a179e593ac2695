"""
Databases for tests: each test gets a migrated, empty one.

To migrate one takes longer than most tests, so databases are emptied and used again, and the next ones are made while a
test runs. One whose schema a test has changed is thrown away.
"""

import itertools
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, Self

from spanmill_store.client import Store
from spanmill_store.migrations import migrate
from support.servers import ClickHouseServer

AHEAD: Final = 2
_SCHEMA: Final = "SELECT name, create_table_query FROM system.tables WHERE database = currentDatabase() ORDER BY name"
_HISTORY: Final = "SELECT Version, Checksum FROM schema_migrations ORDER BY ALL"
_FILLED: Final = """
SELECT DISTINCT table FROM system.parts WHERE database = currentDatabase() AND active AND table != 'schema_migrations'
"""


class Databases:
    """Gives each caller a database of its own on one *server*."""

    def __init__(self, server: ClickHouseServer, migrate: Callable[[Store], object] = migrate) -> None:
        self._server = server
        self._migrate = migrate
        self._numbers = itertools.count(1)
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="migrate")
        self._ready: deque[Future[str]] = deque()
        self._schemas: dict[str, object] = {}

    def __enter__(self) -> Self:
        """Return the databases themselves."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop making more."""
        self._executor.shutdown(cancel_futures=True)

    def new_url(self) -> str:
        """URL of a database that is not created yet."""
        return f"{self._server.url}/test_{next(self._numbers)}"

    def migrated_url(self) -> str:
        """URL of a migrated, empty database."""
        while len(self._ready) < AHEAD:
            self._ready.append(self._executor.submit(self._migrated, self.new_url()))
        return self._ready.popleft().result()

    def give_back(self, url: str) -> None:
        """Empty the database at *url* for the next caller; nobody may use it any more."""
        self._ready.append(self._executor.submit(self._emptied, url))

    def _migrated(self, url: str) -> str:
        with Store.connect(url) as store:
            self._migrate(store)
            self._schemas[url] = _schema(store)
        return url

    def _emptied(self, url: str) -> str:
        with Store.connect(url) as store:
            if _schema(store) != self._schemas[url]:
                return self._migrated(self.new_url())
            filled = [row["table"] for row in store.select(_FILLED)]
            for table in filled:
                store.execute(f"TRUNCATE TABLE {table} SETTINGS max_table_size_to_drop = 0")
            if "model_prices" in filled:
                store.run("prices/reload")
        return url


def _schema(store: Store) -> object:
    """What a test must leave as it is if its database is to be used again."""
    return store.select(_SCHEMA), store.select(_HISTORY)
