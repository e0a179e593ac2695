"""
Message classes that check a request exactly as far as ClickHouse will read it.

They are built from the store's description of OTLP, so that both sides agree. protobuf's C parser refuses what is no
such message and text that is not UTF-8. Where the store takes bytes undecoded, the class demands a field that no client
can set: serialising such a message fails, also in C, which is how a value that is nested deeper than ClickHouse decodes
is found without looking at a single attribute from Python.

For requests that are refused because of their text there are the same classes with bytes in the place of text, so that
it can be repaired.
"""

from collections.abc import Iterable
from typing import Final

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import Message

from spanmill_store.otlp.description import Field as StoreField
from spanmill_store.otlp.description import Message as StoreMessage

_NEVER: Final = 536_870_911
"""The largest field number, which OTLP will not come to use."""

_UNDECODED: Final = "Undecoded"
_Field = descriptor_pb2.FieldDescriptorProto
_Features = descriptor_pb2.FeatureSet


def checked_class(signal: str, messages: Iterable[StoreMessage], *, is_text_checked: bool = True) -> type[Message]:
    """
    Build the class of a *signal*'s export request from the store's *messages*, the request's own among them.

    Where text is not checked, it is bytes.
    """
    package = f"spanmill.{signal}"
    file = descriptor_pb2.FileDescriptorProto(
        name=f"{package}.proto", package=package, syntax="editions", edition=descriptor_pb2.EDITION_2023
    )
    file.options.features.field_presence = _Features.IMPLICIT
    file.options.features.utf8_validation = _Features.VERIFY
    _add_undecoded(file)
    for message in messages:
        _add(file, message)
    if not is_text_checked:
        _untype_text(file.message_type)
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{package}.Request"))


def _untype_text(messages: Iterable[descriptor_pb2.DescriptorProto]) -> None:
    for message in messages:
        _untype_text(message.nested_type)
        for field in message.field:
            if field.type == _Field.TYPE_STRING:
                field.type = _Field.TYPE_BYTES


def _add_undecoded(file: descriptor_pb2.FileDescriptorProto) -> None:
    never = file.message_type.add(name=_UNDECODED).field.add(
        name="never", number=_NEVER, type=_Field.TYPE_BOOL, label=_Field.LABEL_OPTIONAL
    )
    never.options.features.field_presence = _Features.LEGACY_REQUIRED


def _add(file: descriptor_pb2.FileDescriptorProto, message: StoreMessage) -> None:
    built = file.message_type.add(name=message.name)
    if any(field.is_optional for field in message.fields):
        built.oneof_decl.add(name="value")
    for field in message.fields:
        added = built.field.add(name=field.name, number=field.number)
        is_many = field.is_repeated or field.is_map
        added.label = _Field.LABEL_REPEATED if is_many else _Field.LABEL_OPTIONAL
        if field.is_optional:
            added.oneof_index = 0
        if field.is_map:
            # A list of pairs, not a map: order and repeated keys survive.
            _set_type(added, file.package, f"{message.name}.{_add_pair(built, file.package, field)}")
        else:
            _set_type(added, file.package, _UNDECODED if field.is_undecoded else field.type)


def _add_pair(built: descriptor_pb2.DescriptorProto, package: str, field: StoreField) -> str:
    pair = built.nested_type.add(name=f"{field.name.title().replace('_', '')}Pair")
    pair.field.add(name="key", number=1, type=_Field.TYPE_STRING, label=_Field.LABEL_OPTIONAL)
    value = pair.field.add(name="value", number=2, label=_Field.LABEL_OPTIONAL)
    _set_type(value, package, field.type)
    return pair.name


def _set_type(field: descriptor_pb2.FieldDescriptorProto, package: str, type_name: str) -> None:
    scalar = f"TYPE_{type_name.upper()}"
    if scalar in _Field.Type.keys():  # noqa: SIM118 - protobuf's wrapper of an enumeration is no dictionary
        field.type = _Field.Type.Value(scalar)
    else:
        field.type = _Field.TYPE_MESSAGE
        field.type_name = f".{package}.{type_name}"
