"""
Migrations: numbered, frozen ``.sql`` files under ``sql/migrations``, applied in order, each once.

A file is a run of statements separated by lines ``-- ;``. ClickHouse has no transactional DDL, so every statement is
idempotent: a file that was applied half is simply applied again. There is no way down; a mistake is mended by the next
number. A released file never changes: its checksum is stored with the database and compared at every start.

What differs on a cluster stands in the files as comments, a closed set that `spanmill_store.cluster` documents. A file
is SQL for one node as it is, and has the same checksum everywhere.
"""

import hashlib
import re
import time
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

from spanmill_store import cluster, queries
from spanmill_store.client import Store
from spanmill_store.cluster import Cluster
from spanmill_store.errors import MISSING, MigrationError, QueryRejected

_NAME: Final = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_SEPARATOR: Final = re.compile(r"^-- ;\s*$", re.MULTILINE)
_COMMENT_LINE: Final = re.compile(r"^\s*--.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file."""

    version: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the file's text, hex."""
        return hashlib.sha256(self.sql.encode()).hexdigest()

    @property
    def statements(self) -> list[str]:
        """The file's statements, comments kept, empty ones left out."""
        parts = (part.strip() for part in _SEPARATOR.split(self.sql))
        return [part for part in parts if _COMMENT_LINE.sub("", part).strip()]

    def __str__(self) -> str:
        return f"{self.version:04d}_{self.name}"


def known() -> list[Migration]:
    """All migrations of this version of spanmill, in order."""
    files = [
        (match, entry)
        for entry in (resources.files("spanmill_store") / "sql" / "migrations").iterdir()
        if (match := _NAME.fullmatch(entry.name))
    ]
    found = [Migration(int(match[1]), match[2], entry.read_text(encoding="utf-8")) for match, entry in files]
    return sorted(found, key=lambda migration: migration.version)


def pending(store: Store) -> list[Migration]:
    """
    Migrations that *store*'s database lacks, in order.

    Raises:
        MigrationError: An applied migration differs from the file of that number, or is newer than this version.
    """
    applied = _applied(store)
    migrations = known()
    for migration in migrations:
        _require_unchanged(migration, applied.get(migration.version))
    unknown = applied.keys() - {migration.version for migration in migrations}
    if unknown:
        raise MigrationError(
            f"Database {store.database} has migration {max(unknown):04d}, which this spanmill does not know: "
            f"upgrade spanmill to the version that wrote it."
        )
    return [migration for migration in migrations if migration.version not in applied]


def migrate(store: Store, on: Cluster | None = None) -> list[Migration]:
    """
    Apply what is pending and return it; creates the database if there is none.

    Raises:
        MigrationError: The database was made for something else than *on*, or `pending` says why.
    """
    _require_same_place(store, on)
    database, table = foundation(on)
    store.create_database(database)
    store.execute(table)
    todo = pending(store)
    for migration in todo:
        _apply(store, migration, on)
    return todo


def foundation(on: Cluster | None) -> tuple[str, str]:
    """The statements before the first migration: for the database, and for the table that remembers migrations."""
    database, table = (queries.text(name) for name in ("schema/create_database", "schema/create_migrations_table"))
    return (on.placed(database), on.placed(table)) if on else (database, table)


def _apply(store: Store, migration: Migration, on: Cluster | None) -> None:
    started = time.monotonic()
    for statement in migration.statements:
        for placed in cluster.statements(statement, on):
            store.execute(placed)
    duration_ms = round((time.monotonic() - started) * 1000)
    store.insert(
        "schema_migrations",
        ("Version", "Name", "Checksum", "DurationMs"),
        [(migration.version, migration.name, migration.checksum, duration_ms)],
    )


def _require_same_place(store: Store, on: Cluster | None) -> None:
    made_for, wanted = cluster.made_for(store), on.name if on else ""
    if made_for not in {None, wanted}:
        raise MigrationError(
            f"Database {store.database} was made for {_place(made_for)}, not for {_place(wanted)}: "
            f"set SPANMILL_CLICKHOUSE_CLUSTER accordingly, or take another database."
        )


def _place(name: str | None) -> str:
    return f"cluster {name}" if name else "one node"


def _applied(store: Store) -> dict[int, dict[str, Any]]:
    """What the database says was applied, by version; nothing where there is no database yet."""
    try:
        return {int(row["Version"]): row for row in store.rows("schema/applied_migrations")}
    except QueryRejected as error:
        if error.code in MISSING:
            return {}
        raise


def _require_unchanged(migration: Migration, applied: dict[str, object] | None) -> None:
    if applied is not None and applied["Checksum"] != migration.checksum:
        raise MigrationError(
            f"Migration {migration} was changed after it had been applied: restore the released file, "
            f"or start with an empty database."
        )
