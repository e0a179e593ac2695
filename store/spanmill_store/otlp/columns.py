"""The description as ClickHouse column types, which mirror the messages."""

from collections.abc import Mapping
from typing import Final

from spanmill_store.otlp.description import Field, Message

SCALAR_TYPES: Final = {
    "string": "String",
    "bytes": "String",
    "bool": "Bool",
    "int32": "Int32",
    "sint32": "Int32",
    "int64": "Int64",
    "sfixed64": "Int64",
    "uint32": "UInt32",
    "uint64": "UInt64",
    "fixed32": "UInt32",
    "fixed64": "UInt64",
    "double": "Float64",
}


def table_columns(messages: Mapping[str, Message], root: str) -> list[str]:
    """Column definitions, ``name Type``, of a table whose rows are messages *root*."""
    return [f"{field.name} {_type(field, messages)}" for field in messages[root].fields]


def _type(field: Field, messages: Mapping[str, Message]) -> str:
    inner = SCALAR_TYPES.get(field.type) or _tuple(messages[field.type], messages)
    if field.is_map:
        return f"Map(LowCardinality(String), {inner})"
    if field.is_optional:
        return f"Nullable({inner})"
    return f"Array({inner})" if field.is_repeated else inner


def _tuple(message: Message, messages: Mapping[str, Message]) -> str:
    members = ", ".join(f"{member.name} {_type(member, messages)}" for member in message.fields)
    return f"Tuple({members})"
