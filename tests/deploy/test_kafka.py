"""The Kafka tables read what the OpenTelemetry Collector writes, into the tables that the collector of ours fills."""

import importlib.util
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import pytest
from ruamel.yaml import YAML

from spanmill_store.client import Store
from spanmill_store.errors import QueryRejected
from spanmill_store.otlp import kafka
from spanmill_store.otlp.ingest import SignalIngest
from spanmill_store.otlp.protobuf import schema_text
from spanmill_store.otlp.signals import SIGNALS, Signal
from support.otlp import REQUESTS, START_NS, framed
from support.servers import ClickHouseServer, clickhouse_server
from support.source_tree import ROOT

if TYPE_CHECKING:
    from google.protobuf.message import Message

FOLDER: Final = ROOT / "deploy/kafka"
BY_NAME: Final = {signal.name: signal for signal in SIGNALS}
TABLES: Final = {"traces": "otel_traces", "logs": "otel_logs", "metrics": "otel_metrics_gauge"}

METADATA: Final = """
    `_headers.name` Array(String) DEFAULT ['traceparent', 'spanmill-project'],
    `_headers.value` Array(String) DEFAULT ['x', 'shop'],
    _timestamp_ms Nullable(DateTime64(3)) DEFAULT fromUnixTimestamp64Milli(1795000000123),
    _offset UInt64 DEFAULT 2000007,
    _partition UInt64, _topic LowCardinality(String), _error String, _raw_message String
"""
"""What the Kafka engine knows of a message beside its bytes."""


def generator() -> Any:
    """The script that writes the files."""
    spec = importlib.util.spec_from_file_location("generate_kafka", FOLDER / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseServer]:
    """An engine with the named collection that the Kafka tables take their brokers from."""
    with clickhouse_server(tmp_path_factory.mktemp("kafka"), module="support.cluster_server") as server:
        yield server


def stand_in(signal: Signal) -> list[str]:
    """The statements of *signal* with a table in the place of Kafka's, which takes what Kafka would give."""
    table, *views = kafka.statements(signal)
    columns, _, _ = table.partition("\n)\nENGINE = Kafka")
    return [f"{columns},{METADATA}) ENGINE = Null", *views]


def consume(store: Store, signal: Signal, message: bytes, columns: str = "") -> None:
    """Give *message* to the stand-in, decoded as the Kafka table would."""
    settings = {
        "format_schema_source": "string",
        "format_schema": schema_text({one.name: one for one in signal.messages}).strip(),
        "format_schema_message_name": "Request",
    }
    store.insert_bytes(f"kafka_{signal.table}{columns}", [message], format_name="ProtobufSingle", settings=settings)


def stored(store: Store, table: str) -> list[dict[str, Any]]:
    """Rows without what tells when and through whom they came."""
    return store.select(f"SELECT * EXCEPT (IngestTime, KeyId) FROM {table} ORDER BY ALL")


def test_files_are_current() -> None:
    """The committed files are those that the description of OTLP gives."""
    assert generator().main(["--check"]) == 0


def test_a_cluster_reads_with_every_node(capsys: pytest.CaptureFixture[str]) -> None:
    """The same statements are printed for a cluster, with all placeholders filled."""
    assert generator().main(["--cluster", "main"]) == 0
    printed = capsys.readouterr().out
    assert printed.count("ON CLUSTER 'main'") == 1 + 3 * len(SIGNALS)
    assert "ENGINE = ReplicatedMergeTree('/clickhouse/tables/{uuid}/everywhere', '{shard}-{replica}')" in printed
    assert "/*" not in printed


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_columns_are_those_of_the_common_path(signal: Signal) -> None:
    """A Kafka table has the columns of the request table, of which its view fills each."""
    table, good, bad = kafka.statements(signal)
    columns = table.partition("(\n")[2].partition("\n)\nENGINE")[0]
    migrations = ROOT / "store/spanmill_store/sql/migrations"
    [migration] = migrations.glob(f"*_{signal.table}.sql")
    assert (
        f"CREATE TABLE IF NOT EXISTS {signal.table} /*on cluster*/\n(\n{columns}\n)\nENGINE = Null"
        in migration.read_text()
    )
    for name in (line.split()[0] for line in columns.splitlines()):
        assert f" AS {name}" in good or f"\n    {name},\n" in good
    assert "WHERE _error = ''" in good
    assert "WHERE _error != ''" in bad


@pytest.mark.clickhouse
def test_clickhouse_knows_every_setting(engine: ClickHouseServer) -> None:
    """The Kafka engine takes the table as it is; only its consumers cannot run in this engine."""
    with Store.connect(f"{engine.url}/kafka") as store:
        store.create_database()
        store.execute(kafka.bad_messages())
        for signal in SIGNALS:
            with pytest.raises(QueryRejected, match="Shutdown was called"):
                store.execute(kafka.statements(signal)[0])
            unknown = kafka.statements(signal)[0].replace("kafka_max_block_size", "kafka_max_blocks")
            with pytest.raises(QueryRejected, match="kafka_max_blocks"):
                store.execute(unknown.replace(f"kafka_{signal.table}", "other"))
        tables = store.select("SELECT name, engine FROM system.tables WHERE database = 'kafka' ORDER BY name")
    assert {row["engine"] for row in tables} == {"Kafka", "MergeTree"}


@pytest.mark.clickhouse
@pytest.mark.parametrize("name", BY_NAME)
def test_a_message_becomes_what_a_request_becomes(store: Store, database_url: str, name: str) -> None:
    """The exporter's bytes, decoded and flattened, are the rows that the collector's way of the same request gives."""
    request: Message = REQUESTS[name](range(1, 11))
    for statement in [kafka.bad_messages(), *stand_in(BY_NAME[name])]:
        store.execute(statement)
    columns = ", ".join(field.name for field in BY_NAME[name].messages[0].fields)
    consume(store, BY_NAME[name], request.SerializeToString(), f" ({columns})")
    [row] = store.select(
        f"SELECT DISTINCT Project, KeyId, IngestTime, toUnixTimestamp64Nano(IngestTime) AS ns FROM {TABLES[name]}"
    )
    assert (row["Project"], row["KeyId"], row["ns"]) == ("shop", "direct", 1795000000123000007)
    through_kafka = stored(store, TABLES[name])
    store.execute(f"TRUNCATE TABLE {TABLES[name]}")
    with SignalIngest(database_url, name) as ingest:
        record = framed(request.SerializeToString(), 10, time_ns=START_NS)
        ingest.insert([b"".join(record.parts)], "segment")
    through_collector = stored(store, TABLES[name])
    assert len(through_kafka) == 10
    assert through_kafka == [{**row, "Project": "shop"} for row in through_collector]
    assert store.select("SELECT sum(Unaccounted) AS n FROM ingest_accounts") == [{"n": 0}]


@pytest.mark.clickhouse
def test_bad_messages_are_kept_with_their_error(store: Store) -> None:
    """What the engine could not decode goes into a table of its own and nowhere else."""
    for statement in [kafka.bad_messages(), *stand_in(BY_NAME["traces"])]:
        store.execute(statement)
    store.execute(
        "INSERT INTO kafka_otlp_traces (_error, _raw_message, _topic) VALUES ('no protobuf', 'junk', 'otlp_spans')"
    )
    rows = store.select("SELECT Topic, Offset, Error, Message FROM kafka_bad_messages")
    assert rows == [{"Topic": "otlp_spans", "Offset": 2000007, "Error": "no protobuf", "Message": "junk"}]
    assert store.select("SELECT count() AS n FROM otel_traces") == [{"n": 0}]


@pytest.mark.clickhouse
def test_what_is_no_protobuf_is_an_error(store: Store) -> None:
    """The format refuses junk instead of making rows of it; with `stream` the Kafka engine turns that into `_error`."""
    for statement in [kafka.bad_messages(), *stand_in(BY_NAME["traces"])]:
        store.execute(statement)
    with pytest.raises(QueryRejected):
        consume(store, BY_NAME["traces"], b"\x0a\xff\xff\xff\x7fjunk", " (resource_spans)")


def test_the_example_writes_what_the_tables_read() -> None:
    """The OpenTelemetry Collector's example sends each signal as protobuf to the topic that its table reads."""
    example = YAML(typ="safe").load(FOLDER / "otel-collector.yaml")
    exporter = example["exporters"]["kafka"]
    for name, topic in kafka.TOPICS.items():
        assert exporter[name] == {"topic": topic, "encoding": "otlp_proto"}
        assert example["service"]["pipelines"][name]["exporters"] == ["kafka"]
    assert exporter["record_headers"].keys() == {kafka.PROJECT_HEADER}
    assert exporter["producer"]["required_acks"] == -1
    assert exporter["sending_queue"]["storage"] in example["service"]["extensions"]


def test_the_named_collection_is_the_one_of_the_tables() -> None:
    """The servers' file has the collection that the tables name, and reads from the beginning."""
    root = ET.parse(FOLDER / "spanmill_kafka.xml").getroot()
    assert all("Kafka(spanmill_kafka)" in kafka.statements(signal)[0] for signal in SIGNALS)
    broker_list = root.find("named_collections/spanmill_kafka/kafka_broker_list")
    assert broker_list is not None
    assert broker_list.get("from_env") == "KAFKA_BROKERS"
    assert root.findtext("kafka/auto_offset_reset") == "earliest"
