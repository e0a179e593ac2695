"""Log records in ``otel_logs``: what the OpenTelemetry Collector's exporter would have written."""

import pytest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, SeverityNumber

from spanmill_store.client import Store
from support.spans import START_NS, Plain, key_values, log_record, span_id, trace_id

from .conftest import SendLogs

pytestmark = pytest.mark.clickhouse

STANDARD_COLUMNS = {
    "Timestamp": "DateTime64(9)",
    "TraceId": "String",
    "SpanId": "String",
    "TraceFlags": "UInt8",
    "SeverityText": "LowCardinality(String)",
    "SeverityNumber": "UInt8",
    "ServiceName": "LowCardinality(String)",
    "Body": "String",
    "ResourceSchemaUrl": "LowCardinality(String)",
    "ResourceAttributes": "Map(LowCardinality(String), String)",
    "ScopeSchemaUrl": "LowCardinality(String)",
    "ScopeName": "String",
    "ScopeVersion": "LowCardinality(String)",
    "ScopeAttributes": "Map(LowCardinality(String), String)",
    "LogAttributes": "Map(LowCardinality(String), String)",
    "EventName": "String",
}


def one(store: Store) -> dict[str, object]:
    """The only row of ``otel_logs``."""
    [row] = store.select("SELECT *, toUnixTimestamp64Nano(Timestamp) AS ns FROM otel_logs")
    return row


def test_the_first_columns_are_those_of_the_standard_exporter(store: Store) -> None:
    """Names, types and order are those that dashboards made for the OpenTelemetry Collector rely on."""
    rows = store.select(
        "SELECT name, type FROM system.columns "
        "WHERE database = currentDatabase() AND table = 'otel_logs' ORDER BY position"
    )
    found = {row["name"]: row["type"] for row in rows}
    assert list(found.items())[: len(STANDARD_COLUMNS)] == list(STANDARD_COLUMNS.items())


def test_a_record_arrives_as_it_was_sent(send_logs: SendLogs, store: Store) -> None:
    """Ids are hex, the body is its text, and resource, scope and schema URLs stand beside it."""
    sent = log_record(event="e", of=(0xAB, 0xCD), attributes={"k": 1, "list": ["x"]})
    sent.severity_number = SeverityNumber.SEVERITY_NUMBER_ERROR
    sent.severity_text = "ERROR"
    sent.flags = 0x101
    send_logs([sent])
    row = one(store)
    expected = {
        "ns": START_NS,
        "TraceId": trace_id(0xAB),
        "SpanId": span_id(0xCD),
        "TraceFlags": 1,
        "SeverityText": "ERROR",
        "SeverityNumber": 17,
        "ServiceName": "shop",
        "Body": "hello",
        "ResourceSchemaUrl": "https://example.com/resource",
        "ResourceAttributes": {"service.name": "shop", "args": '["a","b"]'},
        "ScopeSchemaUrl": "https://example.com/scope",
        "ScopeName": "logger",
        "ScopeVersion": "2",
        "ScopeAttributes": {"short": "true"},
        "LogAttributes": {"k": "1", "list": '["x"]'},
        "EventName": "e",
        "Project": "default",
    }
    assert {name: row[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("body", "text"),
    [(None, ""), (7, "7"), (True, "true"), ([1, "a"], '[1,"a"]'), (b"\x00", "AA=="), ("", "")],
)
def test_a_body_of_any_kind_is_text(body: Plain, text: str, send_logs: SendLogs, store: Store) -> None:
    """What is not a string has its usual spelling."""
    send_logs([log_record(body)])
    assert one(store)["Body"] == text


def test_a_record_without_a_time_has_that_of_its_observation(send_logs: SendLogs, store: Store) -> None:
    """As in the standard exporter."""
    send_logs([LogRecord(observed_time_unix_nano=START_NS + 5)])
    assert one(store)["ns"] == START_NS + 5


@pytest.mark.parametrize("id_", [b"", b"\x00" * 16, b"\x01" * 8])
def test_ids_that_name_nothing_are_empty(id_: bytes, send_logs: SendLogs, store: Store) -> None:
    """A record belongs to no trace where its trace id is absent, zero or of the wrong length."""
    sent = log_record()
    sent.trace_id, sent.span_id = id_, bytes(8)
    send_logs([sent])
    row = one(store)
    assert (row["TraceId"], row["SpanId"]) == ("", "")


def test_older_events_have_their_name_in_an_attribute(send_logs: SendLogs, store: Store) -> None:
    """Before records had an event name of their own it was the attribute ``event.name``."""
    sent = log_record()
    sent.attributes.extend(key_values({"event.name": "gen_ai.choice"}))
    send_logs([sent])
    assert one(store)["EventName"] == "gen_ai.choice"
