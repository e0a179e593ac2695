"""The whole schema as one SQL script, for whoever may create tables where spanmill may not."""

from collections.abc import Iterator
from typing import Final

from spanmill_store import cluster, migrations
from spanmill_store.cluster import Cluster
from spanmill_store.quoting import identifier, quoted

HEADER: Final = """\
-- The schema of spanmill for {place}, as `spanmill migrate --print` writes it. For a new database: run it once, for
-- example with `clickhouse-client --multiquery`. Then `spanmill migrate` finds its work done.
"""


def script(database: str, on: Cluster | None) -> str:
    """Every statement that `migrations.migrate` would run on an empty server, each ended by a semicolon."""
    header = HEADER.format(place=f"cluster {on.name}" if on else "one node")
    return header + "".join(f"{statement}\n;\n\n" for statement in _statements(database, on))


def _statements(database: str, on: Cluster | None) -> Iterator[str]:
    create_database, create_table = migrations.foundation(on)
    yield create_database.replace("{database:Identifier}", identifier(database))
    yield f"USE {identifier(database)}"
    yield create_table
    for migration in migrations.known():
        for statement in migration.statements:
            yield from cluster.statements(statement, on)
        yield _remembered(migration)


def _remembered(migration: migrations.Migration) -> str:
    values = f"{migration.version}, {quoted(migration.name)}, {quoted(migration.checksum)}, 0"
    return f"INSERT INTO schema_migrations (Version, Name, Checksum, DurationMs) VALUES ({values})"  # noqa: S608 - of our own files
