"""
The schema of a cluster on a single node: every table of a shard, and its distributed twin.

`spanmill clickhouse` runs as that node: `support.cluster_server`. Two things of a cluster it cannot do, and they are
taken out of the statements: it runs no statement elsewhere (ON CLUSTER), and a replicated table, which it creates,
takes no rows.
"""

import re
import time
from typing import Final

import pytest

from spanmill_store import migrations
from spanmill_store.client import Store
from spanmill_store.cluster import Cluster, statements
from support.cluster_server import CLUSTER

_ON_CLUSTER: Final = re.compile(r" ?ON CLUSTER '[^']*'")
_REPLICATED: Final = re.compile(r"ENGINE = Replicated(\w*MergeTree)(?:\('[^']*', '[^']*'(?:, )?([^)]*)\)|(\([^)]*\))?)")
_WINDOW: Final = re.compile(r"replicated_deduplication_window = (\d+), replicated_deduplication_window_seconds = \d+")


def rendered(database: str, cluster: str = CLUSTER) -> list[str]:
    """All statements for the *cluster*'s *database*, for this node alone, with replicated tables."""
    on = Cluster(cluster, database)
    found = [migrations.foundation(on)[1]]
    for migration in migrations.known():
        for statement in migration.statements:
            found += statements(statement, on)
    return [alone(statement) for statement in found]


def alone(statement: str) -> str:
    """*statement* without its order to run elsewhere too; a table's path in Keeper has its name, not its UUID."""
    return _ON_CLUSTER.sub("", statement).replace("{uuid}", "{database}/{table}")


def stand_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the node cannot do is cut out of every statement at the last moment."""
    original = Cluster.placed
    monkeypatch.setattr(Cluster, "placed", lambda self, text: alone(original(self, text)))


def unreplicated(statement: str) -> str:
    """*statement* with engines that take rows here."""
    return _WINDOW.sub(r"non_replicated_deduplication_window = \1", _REPLICATED.sub(_plain, statement))


def migrate(store: Store, cluster: str = CLUSTER) -> None:
    """Make the schema, as `spanmill_store.migrations.migrate` does where there is a cluster."""
    store.create_database()
    for statement in rendered(store.database, cluster):
        store.execute(unreplicated(statement))
    for migration in migrations.known():
        row = (migration.version, migration.name, migration.checksum, time.monotonic_ns() % 1000)
        store.insert("schema_migrations", ("Version", "Name", "Checksum", "DurationMs"), [row])


def _plain(found: re.Match[str]) -> str:
    arguments = f"({found[2]})" if found[2] else found[3] or ""
    return f"ENGINE = {found[1]}{arguments}"
