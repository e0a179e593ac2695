"""
Traces: the messages of an ``ExportTraceServiceRequest``, and the SELECT that turns requests into ``otel_traces``.

The columns and their values are those of the OpenTelemetry Collector's ClickHouse exporter. Every expression that
touches a nested type costs the analyzer milliseconds per insert, whatever the insert's size, so a span is taken apart
once (``untuple``) and only its own columns are passed on.
"""

from collections.abc import Mapping
from typing import Final

from spanmill_store.mapping.columns import OF_ATTRIBUTES, of_resource
from spanmill_store.otlp.context import OWN_COLUMNS, per_scope, selected, timestamp
from spanmill_store.otlp.description import ANY_VALUE, Field, Message, attributes, envelope, plain_attributes
from spanmill_store.otlp.rendering import as_map, plain_as_map

SPAN: Final = Message(
    "Span",
    (
        Field("trace_id", 1, "bytes"),
        Field("span_id", 2, "bytes"),
        Field("trace_state", 3, "string"),
        Field("parent_span_id", 4, "bytes"),
        Field("name", 5, "string"),
        Field("kind", 6, "int32"),
        Field("start_time_unix_nano", 7, "fixed64"),
        Field("end_time_unix_nano", 8, "fixed64"),
        attributes(9),
        Field("events", 11, "Event", is_repeated=True),
        Field("links", 13, "Link", is_repeated=True),
        Field("status", 15, "Status"),
    ),
)

MESSAGES: Final = (
    *envelope("resource_spans", "scope_spans", "spans", "Span", with_schema_urls=False),
    SPAN,
    Message("Event", (Field("time_unix_nano", 1, "fixed64"), Field("name", 2, "string"), plain_attributes(3))),
    Message(
        "Link",
        (
            Field("trace_id", 1, "bytes"),
            Field("span_id", 2, "bytes"),
            Field("trace_state", 3, "string"),
            plain_attributes(4),
        ),
    ),
    Message("Status", (Field("message", 2, "string"), Field("code", 3, "int32"))),
    *ANY_VALUE,
)

SPAN_KINDS: Final = "['Internal', 'Server', 'Client', 'Producer', 'Consumer']"

COLUMNS: Final = {
    "Timestamp": timestamp("`s.start_time_unix_nano`"),
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
    "SpanAttributes": as_map("`s.attributes`"),
    "Duration": "if(`s.end_time_unix_nano` > `s.start_time_unix_nano`,"
    " `s.end_time_unix_nano` - `s.start_time_unix_nano`, 0)",
    "StatusCode": "multiIf(`s.status`.code = 1, 'Ok', `s.status`.code = 2, 'Error', 'Unset')",
    "StatusMessage": "`s.status`.message",
    "`Events.Timestamp`": f"arrayMap(t -> {timestamp('t')}, `s.events`.time_unix_nano)",
    "`Events.Name`": "`s.events`.name",
    "`Events.Attributes`": f"arrayMap(e -> {plain_as_map('e')}, `s.events`.attributes)",
    "`Links.TraceId`": "arrayMap(id -> lower(hex(id)), `s.links`.trace_id)",
    "`Links.SpanId`": "arrayMap(id -> lower(hex(id)), `s.links`.span_id)",
    "`Links.TraceState`": "`s.links`.trace_state",
    "`Links.Attributes`": f"arrayMap(l -> {plain_as_map('l')}, `s.links`.attributes)",
    "ScopeAttributes": "ScopeAttributes",
    **OWN_COLUMNS,
}
"""Column of ``otel_traces`` → expression over the inner select."""


def mapped() -> str:
    """
    The SELECT of the view from ``otlp_traces`` to ``otel_traces``.

    It hands on what is known of the attributes, from which the table computes its canonical columns. Left to itself, as
    when others insert, the table would look that up once for each of them.
    """
    known = ", ".join(f"{column.expression} AS {column.name}" for column in OF_ATTRIBUTES)
    return f"SELECT *, {known}\nFROM\n(\n{flatten({'ResourceFields': of_resource()})}\n)"


def flatten(of_resources: Mapping[str, str] | None = None) -> str:
    """The SELECT of the spans in ``otlp_traces``, without canonical columns, with *of_resources*: columns of theirs."""
    more = of_resources or {}
    context = ("Project", "IngestTime", "KeyId", "ResourceAttributes", "ScopeName", "ScopeVersion", "ScopeAttributes")
    scopes = per_scope("otlp_traces", "resource_spans", "scope_spans", "spans", details="")
    # Not beside ResourceAttributes, where every mention of them would be analyzed as what they are made of.
    of_scopes = (*context, *(f"{expression} AS {column}" for column, expression in more.items()))
    return f"""SELECT
    {selected(COLUMNS | {column: column for column in more})}
FROM
(
    SELECT
        {", ".join(of_scopes)},
        untuple(arrayJoin(spans)) AS s
    FROM
    {scopes}
)"""
