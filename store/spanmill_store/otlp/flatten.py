"""
SQL that turns a row of ``otlp_traces`` (one request) into rows of ``otel_traces`` (its spans).

The columns and their values are those of the OpenTelemetry Collector's ClickHouse exporter. Every expression that
touches a deeply nested type costs the analyzer milliseconds per insert, whatever the insert's size, so a span is taken
apart once (``untuple``) and only its own columns are passed on.
"""

from typing import Final

from spanmill_store.otlp.description import CONTEXT_LEVELS, SPAN_LEVELS
from spanmill_store.otlp.rendering import as_map

SPAN_KINDS: Final = "['Internal', 'Server', 'Client', 'Producer', 'Consumer']"

SPAN_COLUMNS: Final = {
    "Timestamp": "fromUnixTimestamp64Nano(toInt64(`s.start_time_unix_nano`))",
    "TraceId": "lower(hex(`s.trace_id`))",
    "SpanId": "lower(hex(`s.span_id`))",
    "ParentSpanId": "lower(hex(`s.parent_span_id`))",
    "TraceState": "`s.trace_state`",
    "SpanName": "`s.name`",
    "SpanKind": f"if(`s.kind` BETWEEN 1 AND 5, {SPAN_KINDS}[`s.kind`], 'Unspecified')",
    "ServiceName": "ResourceAttributes['service.name']",
    "ResourceAttributes": "ResourceAttributes",
    "ScopeName": "ScopeName",
    "ScopeVersion": "ScopeVersion",
    "SpanAttributes": as_map("`s.attributes`", SPAN_LEVELS),
    "Duration": "if(`s.end_time_unix_nano` > `s.start_time_unix_nano`,"
    " `s.end_time_unix_nano` - `s.start_time_unix_nano`, 0)",
    "StatusCode": "multiIf(`s.status`.code = 1, 'Ok', `s.status`.code = 2, 'Error', 'Unset')",
    "StatusMessage": "`s.status`.message",
    "`Events.Timestamp`": "arrayMap(t -> fromUnixTimestamp64Nano(toInt64(t)), `s.events`.time_unix_nano)",
    "`Events.Name`": "`s.events`.name",
    "`Events.Attributes`": f"arrayMap(e -> {as_map('e', SPAN_LEVELS)}, `s.events`.attributes)",
    "`Links.TraceId`": "arrayMap(id -> lower(hex(id)), `s.links`.trace_id)",
    "`Links.SpanId`": "arrayMap(id -> lower(hex(id)), `s.links`.span_id)",
    "`Links.TraceState`": "`s.links`.trace_state",
    "`Links.Attributes`": f"arrayMap(l -> {as_map('l', CONTEXT_LEVELS)}, `s.links`.attributes)",
    "Project": "Project",
    "IngestTime": "IngestTime",
}
"""Column of ``otel_traces`` → expression over the inner select."""


def flatten_traces() -> str:
    """The SELECT of the view from ``otlp_traces`` to ``otel_traces``."""
    outer = ",\n    ".join(f"{expression} AS {column}" for column, expression in SPAN_COLUMNS.items())
    return f"""SELECT
    {outer}
FROM
(
    SELECT Project, IngestTime, ResourceAttributes, ScopeName, ScopeVersion, untuple(arrayJoin(spans)) AS s
    FROM
    (
        WITH
            arrayJoin(resource_spans) AS in_resource,
            arrayJoin(in_resource.scope_spans) AS in_scope
        SELECT
            if(project = '', 'default', project) AS Project,
            fromUnixTimestamp64Nano(toInt64(receive_time_unix_nano)) AS IngestTime,
            {as_map("in_resource.resource.attributes", CONTEXT_LEVELS)} AS ResourceAttributes,
            in_scope.scope.name AS ScopeName,
            in_scope.scope.version AS ScopeVersion,
            in_scope.spans AS spans
        FROM otlp_traces
    )
)"""
