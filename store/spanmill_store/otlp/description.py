"""
The messages of an OTLP trace request, as data.

Field names and numbers are OTLP's (opentelemetry-proto, ``trace/v1/trace.proto`` and ``common/v1/common.proto``). Two
things differ from the original, both because ClickHouse's types cannot be recursive:

* ``AnyValue`` is unrolled to a fixed number of levels. On the last level ``array_value`` and ``kvlist_value`` are
  declared as ``bytes``, which have the same wire type as a message: what lies deeper arrives as its original bytes, so
  nothing is lost. On the levels above they are declared ``repeated``, which is how an empty array or list is told from
  none: a ``Nullable(Tuple)`` would tell it as well, at three times the cost.
* The collector appends fields of its own to a request: see `COLLECTOR_FIELDS`.
"""

from dataclasses import dataclass
from typing import Final

SPAN_LEVELS: Final = 2
"""
Levels of nesting that are decoded in attributes of spans and events.

Two cover arrays and maps of plain values and arrays of flat maps. Instrumentations send deeper structures, messages
above all, as JSON strings. Each level more doubles the types, and with them the fixed cost of an insert: measured per
insert with one level 55 ms of CPU, with two 85, with three 145, with four 255.
"""

CONTEXT_LEVELS: Final = 1
"""The same for resources and links."""


@dataclass(frozen=True, slots=True)
class Field:
    """
    One field of a message.

    Attributes:
        type: A protobuf scalar type, or the name of a `Message`.
        is_optional: Belongs to a ``oneof``: absent and zero are told apart.
    """

    name: str
    number: int
    type: str
    is_repeated: bool = False
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A protobuf message: its fields in order."""

    name: str
    fields: tuple[Field, ...]


COLLECTOR_FIELDS: Final = (Field("project", 1000, "string"), Field("receive_time_unix_nano", 1001, "fixed64"))
"""What the collector appends to a request's bytes: whose it is, and when it came."""

SCALARS: Final = (
    Field("string_value", 1, "string", is_optional=True),
    Field("bool_value", 2, "bool", is_optional=True),
    Field("int_value", 3, "int64", is_optional=True),
    Field("double_value", 4, "double", is_optional=True),
    Field("bytes_value", 7, "bytes", is_optional=True),
)
"""The kinds of ``AnyValue`` that hold no other values."""


def any_value(levels: int) -> list[Message]:
    """The messages for a value of which *levels* levels of nesting are decoded, the value's own first."""
    if levels == 0:
        containers = [
            Field("array_value", 5, "bytes", is_optional=True),
            Field("kvlist_value", 6, "bytes", is_optional=True),
        ]
        return [Message("AnyValue0", (*SCALARS, *containers))]
    array, kvlist = f"ArrayOf{levels - 1}", f"KeyValueListOf{levels - 1}"
    return [
        Message(
            f"AnyValue{levels}",
            (
                *SCALARS,
                Field("array_value", 5, array, is_repeated=True),
                Field("kvlist_value", 6, kvlist, is_repeated=True),
            ),
        ),
        Message(array, (Field("values", 1, f"AnyValue{levels - 1}", is_repeated=True),)),
        Message(kvlist, (Field("values", 1, f"KeyValue{levels - 1}", is_repeated=True),)),
        key_value(levels - 1),
        *any_value(levels - 1),
    ]


def key_value(levels: int) -> Message:
    """A ``KeyValue`` of whose value *levels* levels are decoded."""
    return Message(f"KeyValue{levels}", (Field("key", 1, "string"), Field("value", 2, f"AnyValue{levels}")))


def attributes(number: int, levels: int) -> Field:
    """An ``attributes`` field whose values are decoded *levels* deep."""
    return Field("attributes", number, f"KeyValue{levels}", is_repeated=True)


def trace_request() -> dict[str, Message]:
    """All messages of an ``ExportTraceServiceRequest`` by name, the request first."""
    messages = (
        Message("TraceRequest", (Field("resource_spans", 1, "ResourceSpans", is_repeated=True), *COLLECTOR_FIELDS)),
        Message(
            "ResourceSpans", (Field("resource", 1, "Resource"), Field("scope_spans", 2, "ScopeSpans", is_repeated=True))
        ),
        Message("Resource", (attributes(1, CONTEXT_LEVELS),)),
        Message("ScopeSpans", (Field("scope", 1, "Scope"), Field("spans", 2, "Span", is_repeated=True))),
        Message("Scope", (Field("name", 1, "string"), Field("version", 2, "string"))),
        Message("Span", SPAN_FIELDS),
        Message(
            "Event", (Field("time_unix_nano", 1, "fixed64"), Field("name", 2, "string"), attributes(3, SPAN_LEVELS))
        ),
        Message(
            "Link",
            (
                Field("trace_id", 1, "bytes"),
                Field("span_id", 2, "bytes"),
                Field("trace_state", 3, "string"),
                attributes(4, CONTEXT_LEVELS),
            ),
        ),
        Message("Status", (Field("message", 2, "string"), Field("code", 3, "int32"))),
        *(key_value(levels) for levels in (CONTEXT_LEVELS, SPAN_LEVELS)),
        *any_value(CONTEXT_LEVELS),
        *any_value(SPAN_LEVELS),
    )
    return {message.name: message for message in messages}


SPAN_FIELDS: Final = (
    Field("trace_id", 1, "bytes"),
    Field("span_id", 2, "bytes"),
    Field("trace_state", 3, "string"),
    Field("parent_span_id", 4, "bytes"),
    Field("name", 5, "string"),
    Field("kind", 6, "int32"),
    Field("start_time_unix_nano", 7, "fixed64"),
    Field("end_time_unix_nano", 8, "fixed64"),
    attributes(9, SPAN_LEVELS),
    Field("events", 11, "Event", is_repeated=True),
    Field("links", 13, "Link", is_repeated=True),
    Field("status", 15, "Status"),
)
