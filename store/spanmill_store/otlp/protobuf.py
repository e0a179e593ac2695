"""The description as protobuf schema text, which travels with every insert as ``format_schema``."""

from collections.abc import Mapping

from spanmill_store.otlp.description import Field, Message


def schema_text(messages: Mapping[str, Message]) -> str:
    """Write *messages* as a proto3 file."""
    return "\n".join(['syntax = "proto3";', *(_message(message) for message in messages.values()), ""])


def _message(message: Message) -> str:
    plain = "".join(f" {_field(field)}" for field in message.fields if not field.is_optional)
    one_of = "".join(f" {_field(field)}" for field in message.fields if field.is_optional)
    wrapped = f" oneof value {{{one_of} }}" if one_of else ""
    return f"message {message.name} {{{plain}{wrapped} }}"


def _field(field: Field) -> str:
    declared = f"map<string, {field.type}>" if field.is_map else field.type
    return f"{'repeated ' if field.is_repeated else ''}{declared} {field.name} = {field.number};"
