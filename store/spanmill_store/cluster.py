"""
One node or a cluster: the placeholders of SQL files, and what a cluster puts in their place.

Every placeholder is a comment, so a file is complete SQL for one node as it stands, and its checksum is the same
everywhere. There are these and no others:

``/*on cluster*/``
    Behind the name of whatever is created, dropped or altered: ``ON CLUSTER 'name'``.
``/*_local*/``
    Behind the name of a table or view of which each shard has its own share: ``_local``. What must see this shard only,
    as a view that follows a trace must, reads and writes such names; all else uses the plain name.
``/*sharded by EXPRESSION*/``
    At the end of the statement that creates one: a table of engine ``Distributed`` follows under the plain name. It
    sends each row to the shard that EXPRESSION chooses, and asks all shards. What belongs to a trace is sharded by
    ``cityHash64(TraceId)``.
``/*Replicated*/``
    Before the engine of a sharded table: ``Replicated``. The server's default path has to name the shard.
``/*Replicated everywhere*/``
    Before the engine of a table that is whole on every node, because it is small or is looked up while rows are stored:
    ``Replicated``, with a path that all shards share.

Where the engine is replicated, ``non_replicated_deduplication_window`` becomes its counterpart.

A query that compares what belongs to a trace with something else of that trace, by IN or JOIN, ends with
``SETTINGS distributed_product_mode = 'local'``: each shard then compares within its own share, which has all of the
trace. (Left alone, ClickHouse refuses such a query on two shards. The servers' profile has ``global``, which is right
for any query, and slower.)

A column that is added later needs two statements, one for the name with ``/*_local*/`` and one for the plain name; on
one node the second finds its work done (``IF NOT EXISTS``).
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from spanmill_store import queries
from spanmill_store.client import Store
from spanmill_store.errors import MISSING, MigrationError, QueryRejected
from spanmill_store.quoting import quoted

PLACEHOLDER: Final = re.compile(r"/\*(?:on cluster|_local|Replicated|Replicated everywhere|sharded by .+)\*/")
"""Any of them, to be told from comments that are none."""

REMEMBERED_S: Final = 7 * 86_400
"""How long replicas remember what was inserted. A collector may hold on to a segment for that long."""

EVERYWHERE: Final = "'/clickhouse/tables/{uuid}/everywhere', '{shard}-{replica}'"
"""Path of a table that all nodes share, and a node's name in it: macros that the servers expand."""

_NAME: Final = re.compile(r"[\w.{}-]+")
_SHARDED: Final = re.compile(r"\n/\*sharded by (.+)\*/")
_SHARE: Final = re.compile(r"CREATE (?:TABLE|VIEW) IF NOT EXISTS (\w+)/\*_local\*/")
_WHOLE_ENGINE: Final = re.compile(r"/\*Replicated everywhere\*/(\w+)(?:\(([^)]*)\))?")
_WINDOW: Final = re.compile(r"non_replicated_deduplication_window = (\d+)")


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster of the servers' configuration (``remote_servers``), and the database of ours on it."""

    name: str
    database: str

    def __post_init__(self) -> None:
        """
        Refuse a name that would not stay one in SQL.

        Raises:
            MigrationError: It has other characters than names of clusters and macros have.
        """
        if not _NAME.fullmatch(self.name):
            raise MigrationError(
                f"Cluster {self.name!r} is no name: letters, digits, '_', '-', '.' and a macro may be in it."
            )

    def statements(self, statement: str) -> list[str]:
        """*statement* of a file as this cluster needs it, and the distributed table that belongs to it, if any."""
        return [self.placed(statement), *self._distributed(statement)]

    def placed(self, statement: str) -> str:
        """*statement* with all placeholders filled."""
        text = _SHARDED.sub("", statement)
        if "/*Replicated" in text:
            text = _WINDOW.sub(
                rf"replicated_deduplication_window = \1, replicated_deduplication_window_seconds = {REMEMBERED_S}", text
            )
        text = _WHOLE_ENGINE.sub(_whole_engine, text).replace("/*Replicated*/", "Replicated")
        return text.replace("/*_local*/", "_local").replace("/*on cluster*/", f"ON CLUSTER '{self.name}'")

    def _distributed(self, statement: str) -> list[str]:
        key, share = _SHARDED.search(statement), _SHARE.search(statement)
        if not key or not share:
            return []
        table, place = share[1], f"'{self.name}', {quoted(self.database)}, '{share[1]}_local', {key[1]}"
        created = f"CREATE TABLE IF NOT EXISTS {table} ON CLUSTER '{self.name}' AS {table}_local"
        return [f"{created}\nENGINE = Distributed({place})"]


def made_for(store: Store) -> str | None:
    """Name of the cluster that *store*'s database was made for, '' for one node, None where there is nothing yet."""
    try:
        found = store.rows("cluster/made_for")
    except QueryRejected as error:
        if error.code in MISSING:
            return None
        raise
    return str(found[0]["Cluster"]) if found else None


def of(store: Store) -> Cluster | None:
    """The cluster that *store*'s database was made for, None where it lives on one node."""
    name = made_for(store)
    return Cluster(name, store.database) if name else None


def run(store: Store, query: str, /, **params: Any) -> int:
    """Run the named command, in all of *store*'s cluster where it is on one; return the number of rows written."""
    on = of(store)
    return store.execute(on.placed(queries.text(query)), params) if on else store.run(query, **params)


def statements(statement: str, cluster: Cluster | None) -> list[str]:
    """*statement* of a file for *cluster*, as it stands where there is none."""
    return cluster.statements(statement) if cluster else [statement]


def _whole_engine(found: re.Match[str]) -> str:
    return f"Replicated{found[1]}({', '.join(filter(None, (EVERYWHERE, found[2])))})"
