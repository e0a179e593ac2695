"""
The store: one connection to ClickHouse that runs named queries and inserts rows.

The driver is known here and in `spanmill_store.driver_errors` only. Statements are looked up by name in
`spanmill_store.queries`; values travel beside them as typed parameters and never become part of their text.
"""

import contextlib
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO, Final, Self
from urllib.parse import unquote, urlsplit

import clickhouse_connect
from clickhouse_connect.driver import options
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.query import QueryResult

from spanmill_store import queries
from spanmill_store.driver_errors import quiet_driver, translated
from spanmill_store.errors import SettingsError
from spanmill_store.settings import without_password

DEFAULT_DATABASE: Final = "spanmill"
CONNECT_TIMEOUT_S: Final = 5
REQUEST_TIMEOUT_S: Final = 300

EXACTLY_ONCE: Final[Mapping[str, Any]] = {
    "async_insert": 0,
    "insert_deduplicate": 1,
    "deduplicate_blocks_in_dependent_materialized_views": 1,
    "distributed_foreground_insert": 1,
    "join_algorithm": "hash",
}
"""
Pinned on every insert, because the servers' defaults for them differ between versions (facts C1), because on a cluster
an insert has to wait for the shards that it sends rows to, and because a view that joins must give the same blocks
again, on however many threads, or a segment that is sent again would not be recognized.
"""


_LONG_LISTS: Final[Mapping[str, Any]] = {"max_query_size": 16 * 2**20}
"""Lets a SELECT name tens of thousands of ids: values that are bound may count as text of the query."""

_LONG: Final = 100_000
_PLAIN: Final = re.compile(r"[A-Za-z0-9_.:-]*")


class Store:
    """
    A connection to one database of one ClickHouse server; safe to share between threads.

    Attributes:
        database: Name of the database, the URL's path or ``spanmill``.
        address: The server's URL as it may be shown: without user and password.
    """

    def __init__(self, client: Client, database: str, address: str) -> None:
        self._client = client
        self.database = database
        self.address = address

    @classmethod
    def connect(cls, url: str) -> Self:
        """
        Connect to the server at *url*, ``http(s)://user:password@host:port/database``.

        The database need not exist yet: nothing is created.

        Raises:
            StoreUnavailable: Nobody answers there.
            SettingsError: *url* is not one.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SettingsError(f"ClickHouse URL {without_password(url)!r} is not http(s)://host:port/database.")
        database = database_of(url)
        quiet_driver()
        _insert_lists_only()
        with translated(without_password(url)):
            client = clickhouse_connect.get_client(
                interface=parts.scheme,
                host=parts.hostname,
                port=parts.port or (8443 if parts.scheme == "https" else 8123),
                username=unquote(parts.username) if parts.username else "default",
                password=unquote(parts.password) if parts.password else "",
                # The database may not exist yet, and the driver asks the server questions before migrations run.
                database="__default__",
                compress=False,
                autogenerate_session_id=False,
                connect_timeout=CONNECT_TIMEOUT_S,
                send_receive_timeout=REQUEST_TIMEOUT_S,
            )
        client.database = database
        return cls(client, database, without_password(url))

    def __enter__(self) -> Self:
        """Return the store itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self.close()

    def close(self) -> None:
        """Give the connection's sockets back; the store cannot be used afterwards."""
        self._client.close()

    def rows(self, query: str, /, **params: Any) -> list[dict[str, Any]]:
        """
        Run the named *query* and return its rows as dictionaries by column name.

        Raises:
            StoreUnavailable: The server is away or overloaded.
            QueryRejected: The statement failed.
        """
        return self.select(queries.text(query), params)

    def rows_under(self, settings: Mapping[str, Any], query: str, /, **params: Any) -> list[dict[str, Any]]:
        """Do the same under *settings* of ClickHouse."""
        return self.select(queries.text(query), params, settings=settings)

    def run(self, query: str, /, **params: Any) -> int:
        """Run the named INSERT … SELECT or command and return the number of rows that it wrote."""
        return self.execute(queries.text(query), params)

    def run_under(self, settings: Mapping[str, Any], query: str, /, **params: Any) -> int:
        """Do the same under *settings* of ClickHouse."""
        return self.execute(queries.text(query), params, settings=settings)

    def select(
        self, sql: str, params: Mapping[str, Any] | None = None, *, settings: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """Run a SELECT whose text was built inside this package; others call `rows`."""
        result = self._asked(sql, params, settings or {})
        return [dict(zip(result.column_names, row, strict=True)) for row in result.result_rows]

    def tuples(self, query: str, /, **params: Any) -> Sequence[Sequence[Any]]:
        """Run the named *query* and return its rows as tuples in the order of its columns: for very many of them."""
        rows: Sequence[Sequence[Any]] = self._asked(queries.text(query), params, {}).result_rows
        return rows

    def _asked(self, sql: str, params: Mapping[str, Any] | None, settings: Mapping[str, Any]) -> QueryResult:
        bound = _bound(sql, params)
        with translated(self.address):
            return self._client.query(sql, parameters=bound, settings={**_settings_for(bound), **settings})

    @contextlib.contextmanager
    def stream(
        self, sql: str, settings: Mapping[str, Any], params: Mapping[str, Any] | None = None
    ) -> Iterator[tuple[Sequence[str], Iterator[Sequence[Sequence[Any]]]]]:
        """Run a SELECT and give its column names and its blocks of rows as they arrive."""
        bound = _bound(sql, params)
        with translated(self.address):
            stream = self._client.query_row_block_stream(
                sql, parameters=bound, settings={**_settings_for(bound), **settings}
            )
        with stream as opened:
            yield opened.source.column_names, self._blocks(opened)

    def _blocks(self, stream: Iterable[Sequence[Sequence[Any]]]) -> Iterator[Sequence[Sequence[Any]]]:
        # Here the driver's errors are translated, and not those of whoever takes the blocks, such as a closed pipe.
        with translated(self.address):
            yield from stream

    def execute(
        self, sql: str, params: Mapping[str, Any] | None = None, *, settings: Mapping[str, Any] | None = None
    ) -> int:
        """Run a statement whose text was built inside this package; others call `run`."""
        all_settings = {**EXACTLY_ONCE, **(settings or {})}
        with translated(self.address):
            summary = self._client.command(sql, parameters=_bound(sql, params), settings=all_settings)
        return int(getattr(summary, "written_rows", 0) or 0)

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, token: str = "") -> None:
        """
        Insert *rows* into *table*; all of them are stored when this returns, in one block.

        What is sent again under the same *token* is stored once.
        """
        if not rows:
            return
        settings = {**EXACTLY_ONCE, **({"insert_deduplication_token": token} if token else {})}
        with translated(self.address):
            # Turned into columns here, all at once: the driver would do that value by value.
            values = list(zip(*rows, strict=True))
            self._client.insert(table, values, column_names=columns, column_oriented=True, settings=settings)

    def insert_bytes(
        self, table: str, body: BinaryIO | Iterable[bytes], *, format_name: str, settings: Mapping[str, Any]
    ) -> int:
        """Send *body*, already encoded in *format_name*, to *table* and return the number of rows written."""
        block: Any = body
        with translated(self.address):
            summary = self._client.raw_insert(
                table, insert_block=block, fmt=format_name, settings={**EXACTLY_ONCE, **settings}
            )
        return int(summary.written_rows)

    def create_database(self, statement: str | None = None) -> None:
        """Create the database unless it exists; on a cluster by a *statement* of its own, which binds the name."""
        statement = statement or queries.text("schema/create_database")
        with translated(self.address):
            self._client.command(statement, parameters={"database": self.database}, use_database=False)


def _insert_lists_only() -> None:
    """
    Keep the driver from loading numpy and pandas only to find at the first insert that rows are neither's.

    They cost each process a second and 60 MB. Whoever has loaded pandas before may go on with it.
    """
    for name, module in (("np", "numpy"), ("pd", "pandas")):
        if module not in sys.modules:
            setattr(options, name, None)


def database_of(url: str) -> str:
    """The database that a ClickHouse URL names, ``spanmill`` where it names none."""
    return urlsplit(url).path.strip("/") or DEFAULT_DATABASE


def _bound(sql: str, params: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """
    Return those of *params* that *sql* binds, None for none.

    Given a parameter that it cannot bind on the server, the driver formats the statement with percent signs instead,
    and stumbles over every LIKE pattern.
    """
    names = queries.parameters(sql)
    return {name: _ready(value) for name, value in (params or {}).items() if name in names} or None


class _Literal:
    """A value as ClickHouse reads it; of what the driver does not know it sends the text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text

    def __len__(self) -> int:
        return len(self._text)


def _ready(value: Any) -> Any:
    """Write a list of ids at once: the driver looks at each character of each, which can take as long as the query."""
    if (
        isinstance(value, list)
        and value
        and all(type(one) is str for one in value)
        and _PLAIN.fullmatch("".join(value))
    ):
        return _Literal("['" + "','".join(value) + "']")
    return value


def _settings_for(bound: Mapping[str, Any] | None) -> Mapping[str, Any]:
    is_long = any(isinstance(value, _Literal) and len(value) > _LONG for value in (bound or {}).values())
    return _LONG_LISTS if is_long else {}
