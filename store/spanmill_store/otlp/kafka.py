"""
Kafka: the tables that let ClickHouse read OTLP requests from topics, and the views that put them on the common path.

A message is one export request, as the OpenTelemetry Collector's Kafka exporter writes it (``otlp_proto``): no length
stands before it, so the format is ``ProtobufSingle``. The columns are those of the request table.
"""

from typing import Final

from spanmill_store.otlp.columns import table_columns
from spanmill_store.otlp.description import COLLECTOR_FIELDS, Message
from spanmill_store.otlp.protobuf import schema_text
from spanmill_store.otlp.signals import Signal
from spanmill_store.quoting import quoted

TOPICS: Final = {"traces": "otlp_spans", "logs": "otlp_logs", "metrics": "otlp_metrics"}
"""The exporter's own names."""

PROJECT_HEADER: Final = "spanmill-project"
"""Header of a message that says whose it is."""

MESSAGES_PER_BLOCK: Final = 512
"""ClickHouse's default is 65 536, made for messages of one row; a request may be a megabyte."""

SETTINGS: Final = {
    "kafka_group_name": "'spanmill'",
    "kafka_format": "'ProtobufSingle'",
    "kafka_handle_error_mode": "'stream'",
    "kafka_max_block_size": str(MESSAGES_PER_BLOCK),
    "format_schema_source": "'string'",
    "format_schema_message_name": "'Request'",
}

# A broker's time has milliseconds, and two requests of one collector never share a receive time: the offset tells them
# apart. Whoever counts on the accounts sends to the collector, so these rows are marked as not of them.
_COLLECTOR_FIELDS: Final = {
    "project": f"firstNonDefault(_headers.value[indexOf(_headers.name, '{PROJECT_HEADER}')], project)",
    "receive_time_unix_nano": "toUInt64(toUnixTimestamp64Milli(ifNull(_timestamp_ms, now64(3)))) * 1000000"
    " + _offset % 1000000",
    "key_id": "'direct'",
    "accepted_items": "toUInt32(0)",
    "refused_items": "toUInt32(0)",
}


def statements(signal: Signal) -> list[str]:
    """What makes *signal*'s topic flow into its request table; the placeholders are `spanmill_store.cluster`'s."""
    table, messages = f"kafka_{signal.table}", {message.name: message for message in signal.messages}
    return [_table(table, signal, messages), _good(table, signal, messages), _bad(table)]


def bad_messages() -> str:
    """The table of messages that are no OTLP."""
    return """CREATE TABLE IF NOT EXISTS kafka_bad_messages /*on cluster*/
(
    Time DateTime64(3) COMMENT 'when it was written to Kafka',
    Topic LowCardinality(String),
    Partition UInt64,
    Offset UInt64,
    Error String COMMENT 'what ClickHouse said about it',
    Message String COMMENT 'its bytes'
)
ENGINE = /*Replicated everywhere*/MergeTree
ORDER BY (Time, Topic, Partition, Offset)
TTL toDateTime(Time) + INTERVAL 30 DAY
SETTINGS non_replicated_deduplication_window = 10000"""


def _table(table: str, signal: Signal, messages: dict[str, Message]) -> str:
    settings = {
        "kafka_topic_list": quoted(TOPICS[signal.name]),
        **SETTINGS,
        "format_schema": quoted(schema_text(messages).strip()),
    }
    columns, lines = ",\n    ".join(table_columns(messages, "Request")), (f"{k} = {v}" for k, v in settings.items())
    created = f"CREATE TABLE IF NOT EXISTS {table} /*on cluster*/\n(\n    {columns}\n)"
    return f"{created}\nENGINE = Kafka(spanmill_kafka)\nSETTINGS\n    " + ",\n    ".join(lines)


def _good(table: str, signal: Signal, messages: dict[str, Message]) -> str:
    own = {field.name for field in COLLECTOR_FIELDS}
    names = [field.name for field in messages["Request"].fields]
    columns = ",\n    ".join(f"{_COLLECTOR_FIELDS[name]} AS {name}" if name in own else name for name in names)
    view = f"CREATE MATERIALIZED VIEW IF NOT EXISTS {table}_to_{signal.table} /*on cluster*/ TO {signal.table} AS"
    return f"{view}\nSELECT\n    {columns}\nFROM {table}\nWHERE _error = ''"


def _bad(table: str) -> str:
    view = f"CREATE MATERIALIZED VIEW IF NOT EXISTS {table}_to_bad_messages /*on cluster*/ TO kafka_bad_messages AS"
    time = "ifNull(_timestamp_ms, now64(3)) AS Time"
    return f"""{view}
SELECT
    {time}, _topic AS Topic, _partition AS Partition, _offset AS Offset,
    _error AS Error, _raw_message AS Message
FROM {table}
WHERE _error != ''"""
