"""
chDB, the ClickHouse engine in this process: its life, its connections and its limits.

A connection is a session of its own and costs a tenth of a millisecond, so every request gets a fresh one. This module
knows nothing of HTTP.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Protocol, cast
from xml.sax.saxutils import escape

import chdb

from spanmill_store.embedded.errors import ClickHouseError
from spanmill_store.embedded.lock import DataDirectoryError
from spanmill_store.quoting import identifier, quoted

MEMORY_SHARE: Final = 0.6
"""Part of the machine's memory that queries may use together; the rest is for Python and the neighbours."""

ZSTD_LEVELS: Final = {64 << 20: 1, 256 << 20: 3}
"""Bytes on disk from which a part is packed with ZSTD → its level, the last that fits; smaller parts have LZ4."""


class QueryResult(Protocol):
    """What the engine answers, as far as it is used here."""

    def bytes(self) -> bytes:
        """The formatted rows."""

    def rows_read(self) -> int:
        """Rows in the result."""

    def rows_written(self) -> int:
        """Rows written to tables."""

    def bytes_written(self) -> int:
        """Bytes written to tables."""

    def storage_rows_read(self) -> int:
        """Rows read from tables."""

    def storage_bytes_read(self) -> int:
        """Bytes read from tables."""


class Connection(Protocol):
    """A session in the engine."""

    def query(self, query: str | bytes, format: str) -> QueryResult:  # noqa: A002 - chDB's name
        """Run one statement."""

    def close(self) -> None:
        """End the session."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What the engine says about itself; goes into response headers."""

    version: str
    timezone: str
    display_name: str


class Engine:
    """The one engine of this process, open on one data directory."""

    def __init__(self, folder: Path, root: Connection) -> None:
        self._folder = folder
        self._root = root
        rows = root.query("SELECT version(), timezone(), displayName()", "TSVRaw").bytes().decode()
        self.identity = Identity(*rows.rstrip("\n").split("\t"))

    @classmethod
    def open(cls, folder: Path) -> "Engine":
        """
        Start the engine on *folder*.

        Raises:
            DataDirectoryError: The engine cannot use the folder.
        """
        folder = folder.resolve()
        (folder / "user_files").mkdir(parents=True, exist_ok=True)
        try:
            with _configuration(folder) as config:
                root = cast("Connection", chdb.connect(f"{folder}?config-file={config}"))
        except RuntimeError as error:
            raise DataDirectoryError(
                f"ClickHouse cannot open the data directory {folder} ({error}): "
                "make sure that no other program uses it, or choose another one with --data-dir."
            ) from error
        return cls(folder, root)

    def connect(self) -> Connection:
        """A new session."""
        # chDB takes the text of a statement as bytes too, which its annotations do not say.
        return cast("Connection", chdb.connect(str(self._folder)))

    def spool(self) -> IO[bytes]:
        """An empty file for data on their way to the engine; it has no name and is gone when it is closed."""
        return tempfile.TemporaryFile(dir=self._folder / "user_files", buffering=0)

    def kill(self, query_id: str) -> None:
        """Stop the query that was started with *query_id*; a query that has ended is no error."""
        with engine_errors():
            where = f"Settings['log_comment'] = {quoted(query_id)}"
            self._root.query(f"KILL QUERY WHERE {where} ASYNC", "Null")

    def close(self) -> None:
        """Stop the engine; no session may be in use."""
        self._root.close()


def prepare(connection: Connection, database: str, settings: Mapping[str, str]) -> None:
    """
    Give a session its database and settings (query parameters are settings named ``param_…``).

    Raises:
        ClickHouseError: The database or a setting is unknown, or a value does not fit.
    """
    with engine_errors():
        if database:
            connection.query(f"USE {identifier(database)}", "Null")
        # Parameters come second: one may be longer than a statement may be before max_query_size is set.
        for are_parameters in (False, True):
            some = {name: value for name, value in settings.items() if name.startswith("param_") is are_parameters}
            if some:
                assignments = ", ".join(f"{identifier(name)} = {quoted(value)}" for name, value in some.items())
                connection.query(f"SET {assignments}", "Null")


@contextlib.contextmanager
def engine_errors() -> Iterator[None]:
    """Turn what chDB raises inside the block into `ClickHouseError`."""
    try:
        yield
    except RuntimeError as error:
        raise ClickHouseError.from_engine(str(error)) from error
    except UnicodeDecodeError as error:
        # A statement may hold bytes that are no text, and the engine quotes it in what it says.
        raise ClickHouseError.from_engine(error.object.decode("utf-8", "replace")) from error
    except chdb.ChdbError as error:
        raise ClickHouseError.from_engine(str(error)) from error


def _compression(from_bytes: int, level: int) -> str:
    size = f"<min_part_size>{from_bytes}</min_part_size><min_part_size_ratio>0</min_part_size_ratio>"
    return f"<case>{size}<method>zstd</method><level>{level}</level></case>"


@contextlib.contextmanager
def _configuration(folder: Path) -> Iterator[str]:
    # Naming a file keeps the engine from picking up ./config.xml or one in the home directory.
    content = (
        "<clickhouse>"
        f"<user_files_path>{escape(str(folder / 'user_files'))}/</user_files_path>"
        f"<max_server_memory_usage_to_ram_ratio>{MEMORY_SHARE}</max_server_memory_usage_to_ram_ratio>"
        "<logger><level>none</level></logger>"
        # New parts are small and soon merged: they are packed lightly. ZSTD is paid once, by a merge into a large one.
        f"<compression>{''.join(_compression(*case) for case in ZSTD_LEVELS.items())}</compression>"
        "</clickhouse>\n"
    )
    descriptor, name = tempfile.mkstemp(prefix="spanmill-", suffix=".xml")
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(content)
        yield name
    finally:
        Path(name).unlink()
