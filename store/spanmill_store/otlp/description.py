"""
The messages of OTLP that all signals share, as data.

Field names and numbers are OTLP's (opentelemetry-proto, ``common/v1/common.proto``). Three things differ from the
original. The first two are there because ClickHouse's types cannot be recursive, and because every level of nesting
costs each insert milliseconds, whatever its size:

* ``AnyValue`` holds plain values and, where lists are common, one list of plain values. What lies deeper is declared as
  ``bytes``, which have the same wire type as a message, so it arrives as its original bytes and nothing is lost. The
  collector writes deeper values as JSON text before it stores them (`spanmill_collector.otlp.values`); as bytes they
  arrive from other writers only, through Kafka for example.
* ``array_value`` is declared ``repeated``, which is how an empty list is told from none.
* A list of ``KeyValue`` is declared as ``map<string, AnyValue>``, which looks the same on the wire and arrives in
  ClickHouse as a ``Map``, in order and with repeated keys kept.

The collector appends fields of its own to a request: see `COLLECTOR_FIELDS`.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Field:
    """
    One field of a message.

    Attributes:
        type: A protobuf scalar type, or the name of a `Message`.
        is_optional: Belongs to a ``oneof``: absent and zero are told apart.
        is_map: A map from string to *type*.
        is_undecoded: Holds a message in the original, whose bytes are taken as they are.
    """

    name: str
    number: int
    type: str
    is_repeated: bool = False
    is_optional: bool = False
    is_map: bool = False
    is_undecoded: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A protobuf message: its fields in order."""

    name: str
    fields: tuple[Field, ...]


COLLECTOR_FIELDS: Final = (
    Field("project", 1000, "string"),
    Field("receive_time_unix_nano", 1001, "fixed64"),
    Field("key_id", 1003, "string"),
    Field("accepted_items", 1004, "fixed32"),
    Field("refused_items", 1005, "fixed32"),
)
"""
What the collector appends to a request's bytes: whose it is, when it came, with which key, and how many spans, log
records or data points of it were taken and left out. (1002 is the record's checksum, which only the log reads.)
"""

_PLAIN: Final = (
    Field("string_value", 1, "string", is_optional=True),
    Field("bool_value", 2, "bool", is_optional=True),
    Field("int_value", 3, "int64", is_optional=True),
    Field("double_value", 4, "double", is_optional=True),
    Field("bytes_value", 7, "bytes", is_optional=True),
)
_UNDECODED_KVLIST: Final = Field("kvlist_value", 6, "bytes", is_optional=True, is_undecoded=True)
_UNDECODED_ARRAY: Final = Field("array_value", 5, "bytes", is_optional=True, is_undecoded=True)

ANY_VALUE: Final = (
    Message("AnyValue", (*_PLAIN, _UNDECODED_KVLIST, Field("array_value", 5, "ArrayValue", is_repeated=True))),
    Message("ArrayValue", (Field("values", 1, "PlainValue", is_repeated=True),)),
    Message("PlainValue", (*_PLAIN, _UNDECODED_KVLIST, _UNDECODED_ARRAY)),
)
"""A value, and what it consists of."""


def attributes(number: int) -> Field:
    """Attributes that may be plain values and lists of them."""
    return Field("attributes", number, "AnyValue", is_map=True)


def plain_attributes(number: int, name: str = "attributes") -> Field:
    """Attributes of things that rarely have lists: only plain values are decoded."""
    return Field(name, number, "PlainValue", is_map=True)


RESOURCE: Final = Message("Resource", (attributes(1),))
SCOPE: Final = Message(
    "Scope",
    (
        Field("name", 1, "string"),
        Field("version", 2, "string"),
        plain_attributes(3),
        Field("dropped_attributes_count", 4, "uint32"),
    ),
)
SCHEMA_URL: Final = Field("schema_url", 3, "string")


def envelope(
    resources: str, scopes: str, items: str, item: str, *, with_schema_urls: bool = True
) -> tuple[Message, ...]:
    """The messages from the request down to the scope, whose repeated field *items* holds messages *item*."""
    urls = (SCHEMA_URL,) if with_schema_urls else ()
    return (
        Message("Request", (Field(resources, 1, "ResourceItems", is_repeated=True), *COLLECTOR_FIELDS)),
        Message(
            "ResourceItems", (Field("resource", 1, "Resource"), Field(scopes, 2, "ScopeItems", is_repeated=True), *urls)
        ),
        RESOURCE,
        Message("ScopeItems", (Field("scope", 1, "Scope"), Field(items, 2, item, is_repeated=True), *urls)),
        SCOPE,
    )
