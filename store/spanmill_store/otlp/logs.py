"""
Logs: the messages of an ``ExportLogsServiceRequest``, and the SELECT that turns requests into ``otel_logs``.

The columns and their values are those of the OpenTelemetry Collector's ClickHouse exporter: a record without a time has
that of its observation, a body that is not text is JSON.
"""

from typing import Final

from spanmill_store.otlp.context import OWN_COLUMNS, hex_id, per_scope, selected, timestamp
from spanmill_store.otlp.description import ANY_VALUE, Field, Message, attributes, envelope
from spanmill_store.otlp.rendering import as_map, as_text

RECORD: Final = Message(
    "LogRecord",
    (
        Field("time_unix_nano", 1, "fixed64"),
        Field("severity_number", 2, "int32"),
        Field("severity_text", 3, "string"),
        Field("body", 5, "AnyValue"),
        attributes(6),
        Field("flags", 8, "fixed32"),
        Field("trace_id", 9, "bytes"),
        Field("span_id", 10, "bytes"),
        Field("observed_time_unix_nano", 11, "fixed64"),
        Field("event_name", 12, "string"),
    ),
)

MESSAGES: Final = (*envelope("resource_logs", "scope_logs", "log_records", "LogRecord"), RECORD, *ANY_VALUE)

_TIME: Final = "if(`r.time_unix_nano` = 0, `r.observed_time_unix_nano`, `r.time_unix_nano`)"

COLUMNS: Final = {
    "Timestamp": timestamp(_TIME),
    "TraceId": hex_id("`r.trace_id`", 16),
    "SpanId": hex_id("`r.span_id`", 8),
    "TraceFlags": "toUInt8(bitAnd(`r.flags`, 255))",
    "SeverityText": "`r.severity_text`",
    "SeverityNumber": "toUInt8(bitAnd(`r.severity_number`, 255))",
    "ServiceName": "ResourceAttributes['service.name']",
    "Body": as_text("`r.body`"),
    "ResourceSchemaUrl": "ResourceSchemaUrl",
    "ResourceAttributes": "ResourceAttributes",
    "ScopeSchemaUrl": "ScopeSchemaUrl",
    "ScopeName": "ScopeName",
    "ScopeVersion": "ScopeVersion",
    "ScopeAttributes": "ScopeAttributes",
    "LogAttributes": as_map("`r.attributes`"),
    "EventName": "if(`r.event_name` = '', LogAttributes['event.name'], `r.event_name`)",
    **OWN_COLUMNS,
}
"""Column of ``otel_logs`` → expression over the inner select."""


def flatten() -> str:
    """The SELECT of the view from ``otlp_logs`` to ``otel_logs``."""
    return f"""SELECT
    {selected(COLUMNS)}
FROM
(
    SELECT
        Project, IngestTime, KeyId, ResourceSchemaUrl, ResourceAttributes,
        ScopeSchemaUrl, ScopeName, ScopeVersion, ScopeAttributes, untuple(arrayJoin(log_records)) AS r
    FROM
    {per_scope("otlp_logs", "resource_logs", "scope_logs", "log_records")}
)"""
