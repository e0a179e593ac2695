"""The schema of a cluster, on one shard of it: see `support.one_shard` for what is real here and what is not."""

import re
from collections.abc import Iterator
from typing import Final

import pytest

from spanmill_store import cluster, queries
from spanmill_store.client import Store
from spanmill_store.cluster import Cluster
from spanmill_store.errors import MigrationError, QueryRejected, StoreUnavailable
from spanmill_store.forgetting.late import forget_late
from spanmill_store.forgetting.requests import plan
from spanmill_store.migrations import migrate
from spanmill_store.otlp import repetition
from spanmill_store.otlp.ingest import SignalIngest
from spanmill_store.removal.one_node import OnCluster
from spanmill_store.retention.enforcement import enforce
from spanmill_store.retention.policies import set_days
from support import one_shard
from support.cluster_server import CLUSTER
from support.databases import Databases
from support.otlp import REQUESTS, START_NS, framed
from support.servers import ClickHouseServer, clickhouse_server

pytestmark = pytest.mark.clickhouse

TYPED = re.compile(r"\{(\w+):([^}]+)\}")
DAY = "2026-11-25"
NOT_PLANNED: Final = (
    *("cluster/", "remap/", "packing/", "cookbook/", "traces/skeleton", "traces/span"),
    *("forget/", "removal/", "retention/"),
)
"""What no cluster is asked, or whose plan asks its shards: people's run under GLOBAL, and others have scalars."""

VALUES: dict[str, object] = {
    "String": "x",
    "Array(String)": ["x"],
    "Array(Int64)": [1],
    "Array(Array(String))": [["x"]],
    "Array(Array(Float64))": [[0.5]],
    "Array(DateTime)": [f"{DAY} 00:00:00"],
    "DateTime": f"{DAY} 00:00:00",
    "DateTime64(9)": f"{DAY} 00:00:00",
    "Date": DAY,
    "Float64": 0.5,
    "Identifier": "otel_traces",
}
FIRST_NS, SECOND_NS = START_NS, START_NS + 1
TABLES = {"traces": "otel_traces", "logs": "otel_logs", "metrics": "otel_metrics_gauge"}


@pytest.fixture(scope="module")
def shard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseServer]:
    """The only node of a cluster."""
    with clickhouse_server(tmp_path_factory.mktemp("shard"), module="support.cluster_server") as server:
        yield server


@pytest.fixture(scope="module")
def databases(shard: ClickHouseServer) -> Iterator[Databases]:
    """Databases there, with the cluster's schema; they take the place of those that other tests get."""
    with Databases(shard, one_shard.migrate) as made:
        yield made


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Statements for all nodes run on this one, which has no queue for them."""
    one_shard.stand_alone(monkeypatch)


def body(signal: str, numbers: range, time_ns: int) -> bytes:
    """A record that was received at *time_ns*."""
    return b"".join(framed(REQUESTS[signal](numbers).SerializeToString(), len(numbers), time_ns=time_ns).parts)


def count(store: Store, table: str) -> int:
    """Rows of *table*."""
    [row] = store.select(f"SELECT count() AS n FROM {table}")
    return int(row["n"])


def columns_of(store: Store, table: str, *names: str) -> list[dict[str, object]]:
    """What ClickHouse says about the columns of *table*."""
    where = f"WHERE database = currentDatabase() AND table = '{table}'"
    return store.select(f"SELECT {', '.join(names)} FROM system.columns {where} ORDER BY position")


def test_every_statement_is_accepted(shard: ClickHouseServer) -> None:
    """ClickHouse creates all of it, replicated tables included, and each twin has the columns of its shard's table."""
    with Store.connect(f"{shard.url}/replicated") as store:
        store.create_database()
        for statement in one_shard.rendered("replicated"):
            store.execute(statement)
        tables = store.select("SELECT name, engine FROM system.tables WHERE database = currentDatabase()")
        engines = {row["name"]: row["engine"] for row in tables}
        assert all(engine.startswith("Replicated") for engine in engines.values() if "MergeTree" in engine)
        for share in [name for name in engines if name.endswith("_local")]:
            twin = share.removesuffix("_local")
            assert engines[twin] == "Distributed"
            known = (
                ("name", "type") if engines[share] == "View" else ("name", "type", "default_kind", "default_expression")
            )
            assert columns_of(store, twin, *known) == columns_of(store, share, *known)


@pytest.mark.parametrize("signal", REQUESTS)
def test_a_segment_that_comes_twice_is_stored_once(store: Store, database_url: str, signal: str) -> None:
    """Its token reaches the shard's tables and all that hangs on them."""
    records = [body(signal, range(1, 11), FIRST_NS), body(signal, range(11, 21), SECOND_NS)]
    with SignalIngest(database_url, signal) as ingest:
        for _ in range(2):
            ingest.insert(records, "segment")
    assert count(store, TABLES[signal]) == count(store, f"{TABLES[signal]}_local") == 20
    assert count(store, "ingest_ledger") == 1
    assert signal == "metrics" or count(store, "trace_parts") in {0, 20}
    [row] = store.select("SELECT sum(Unaccounted) AS open, sum(Received) AS n FROM ingest_accounts")
    assert (row["open"], row["n"]) == (0, 20)


@pytest.mark.parametrize("signal", REQUESTS)
@pytest.mark.usefixtures("alone")
def test_a_forgotten_token_makes_no_second_copy(store: Store, database_url: str, signal: str) -> None:
    """All rows of the segment are taken away and sent anew, which leaves those of other segments alone."""
    records = [body(signal, range(1, 11), FIRST_NS)]
    with SignalIngest(database_url, signal) as ingest:
        ingest.insert(records, "remembered")
        ingest.insert([body(signal, range(21, 31), SECOND_NS)], "another segment")
        ingest.insert_again(lambda: records, "forgotten", [FIRST_NS], 10)
    assert count(store, TABLES[signal]) == 20
    [row] = store.select("SELECT sum(Unaccounted) AS open, sum(Received) AS n FROM ingest_accounts")
    assert (row["open"], row["n"]) == (0, 20)


@pytest.mark.usefixtures("alone")
def test_what_was_taken_away_can_be_sent_again(store: Store, database_url: str) -> None:
    """The shard remembers the token of rows that are gone, so they need another one."""
    records = [body("traces", range(1, 11), FIRST_NS)]
    with SignalIngest(database_url, "traces") as ingest:
        ingest.insert(records, "segment")
        ingest.remove([FIRST_NS])
        assert count(store, "otel_traces") == count(store, "ingest_ledger") == 0
        ingest.insert_again(lambda: records, "segment", [FIRST_NS], 10)
    assert count(store, "otel_traces") == 10


def test_a_replica_that_lags_behind_is_not_believed(
    store: Store, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is sent anew all replicas are asked; here the one that was asked first knew nothing."""
    on = cluster.of(store)
    assert on == Cluster(CLUSTER, store.database)
    with SignalIngest(database_url, "traces") as ingest:
        ingest.insert([body("traces", range(1, 11), FIRST_NS)], "segment")
    monkeypatch.setattr(repetition, "parts_of", lambda *_: {})  # stands for that replica
    assert repetition.items_on(on, store, "traces", [FIRST_NS, SECOND_NS], expected=10) == 10


def test_a_shard_that_is_away_blames_nobody(store: Store, database_url: str) -> None:
    """What cannot be sent to a shard is sent again later, and not set aside as if its bytes were bad."""
    store.execute("DROP TABLE otel_logs")
    store.execute("CREATE TABLE otel_logs AS otel_logs_local ENGINE = Distributed('away', '', 'otel_logs_local', 1)")
    with SignalIngest(database_url, "logs") as ingest, pytest.raises(StoreUnavailable):
        ingest.insert([body("logs", range(1, 11), FIRST_NS)], "segment")


def in_plan(name: str) -> str:
    """The SELECT of the named query, without comments and placeholders."""
    text = re.sub(r"^\s*--.*$|/\*\[/?\w+\]\*/", "", queries.text(name), flags=re.MULTILINE)
    return "".join(re.split(r"^(SELECT|WITH)", text, maxsplit=1, flags=re.MULTILINE)[1:])


def test_queries_are_planned_for_two_shards(shard: ClickHouseServer) -> None:
    """No query of ours is refused where there is more than one shard, nor asks one shard for what another has."""
    with Store.connect(f"{shard.url}/two_shards") as store:
        one_shard.migrate(store, "two_shards")
        for name in queries.names():
            text = queries.text(name)
            if not name.startswith(NOT_PLANNED) and re.search(r"^(SELECT|WITH)", text, re.MULTILINE):
                values = {one: DAY if one == "day" else VALUES.get(kind, 1) for one, kind in TYPED.findall(text)}
                # One shard is this node, the other one is away: a plan needs no connection, a GLOBAL one would.
                store.select(f"EXPLAIN {in_plan(name)}", values)


def test_a_database_stays_where_it_was_made(store: Store) -> None:
    """To migrate it for one node, or for another cluster, is refused before anything is touched."""
    with pytest.raises(
        MigrationError, match=f"made for cluster {CLUSTER}, not for one node: set SPANMILL_CLICKHOUSE_C"
    ):
        migrate(store)
    with pytest.raises(MigrationError, match=f"made for cluster {CLUSTER}, not for cluster other"):
        migrate(store, Cluster("other", store.database))


def test_a_node_without_a_queue_says_so(database_url: str) -> None:
    """ON CLUSTER reaches ClickHouse; this node has to refuse it."""
    with (
        Store.connect(database_url) as store,
        pytest.raises(QueryRejected, match="Replicated DDL queries are disabled"),
    ):
        migrate(store, Cluster(CLUSTER, store.database))


def test_nothing_is_half_removed(store: Store) -> None:
    """Retention and forgetting are refused before anything is written down, and their upkeep has nothing to do."""
    for refused in (
        lambda: set_days(store, "", "traces", 1),
        lambda: plan(store, "user", "anna@example.com"),
    ):
        with pytest.raises(
            OnCluster, match=f"not removed on a cluster, and this is {CLUSTER}: retention and forgetting"
        ):
            refused()
    assert (forget_late(store), enforce(store)) == (0, [])
    assert [count(store, table) for table in ("retention", "forgotten", "forgetting", "removals")] == [0, 0, 0, 0]
