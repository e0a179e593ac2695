"""
OTLP/JSON: a request in JSON, turned into the message it stands for.

The encoding is proto3 JSON with the deviations of the OTLP specification: ids are hexadecimal in either case, enums are
numbers only, names are lowerCamelCase only, unknown names are ignored, and 64-bit integers come as strings or numbers.
protobuf's own ``json_format`` knows none of that, and has had trouble with hostile nesting (CVE-2026-0994).
"""

import contextlib
import functools
import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import orjson
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from spanmill_collector.errors import Reason, Refusal
from spanmill_collector.otlp.json_scalars import Converter, Wrong, converter, shown
from spanmill_collector.otlp.signals import Signal

MAX_DEPTH: Final = 90
"""
Messages within messages; protobuf's own parser reads 100. Lists and maps that lie deeper stay OTLP/JSON, as text.
"""


class _Field(NamedTuple):
    descriptor: FieldDescriptor
    convert: Converter | None
    """None for messages."""


def from_json(body: bytes, signal: Signal) -> bytes:
    """
    Return the serialised export request of *signal* that the JSON *body* stands for.

    Raises:
        Refusal: It is no JSON, or a value in it does not fit; the message says where.
    """
    data = _loaded(body)
    message = signal.official()
    try:
        _fill(message, data, MAX_DEPTH)
    except Wrong as wrong:
        place = ".".join(reversed(wrong.path)) or "the body"
        raise Refusal(Reason.UNDECODABLE, f"OTLP/JSON, {place}: {wrong.what}.") from wrong
    return message.SerializeToString()


def _loaded(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        with contextlib.suppress(ValueError, RecursionError):
            return orjson.loads(_repaired(body))
        raise Refusal(Reason.UNDECODABLE, f"The body is not JSON: {error}.") from error


def _repaired(body: bytes) -> bytes:
    """
    *body* with U+FFFD for what is no character: bytes that are not UTF-8, and halves of surrogate pairs.

    JavaScript writes the latter, as backslash and u, where a text was cut in the middle of an emoji.
    """
    text = json.dumps(json.loads(body.decode(errors="replace")), ensure_ascii=False)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def _fill(message: Message, data: Any, depth: int) -> None:
    if not isinstance(data, dict):
        raise Wrong(f"an object is expected, not {shown(data)}")
    fields = _fields(message.DESCRIPTOR)
    for name, value in data.items():
        field = fields.get(name)
        if field is None or value is None:
            continue
        try:
            _set(message, field, value, depth)
        except Wrong as wrong:
            wrong.path.append(name)
            raise


def _set(message: Message, field: _Field, value: Any, depth: int) -> None:
    name = field.descriptor.name
    if field.descriptor.is_repeated:
        if not isinstance(value, list):
            raise Wrong(f"a list is expected, not {shown(value)}")
        _extend(getattr(message, name), field, value, depth)
    elif field.convert is None:
        if depth <= 0 and isinstance(message, AnyValue):
            message.string_value = _text_of(value)
            return
        child = getattr(message, name)
        child.SetInParent()
        _fill(child, value, depth - 1)
    else:
        setattr(message, name, field.convert(value))


def _text_of(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except RecursionError as error:
        raise Wrong("values are nested too deep") from error


def _extend(target: Any, field: _Field, values: list[Any], depth: int) -> None:
    for number, value in enumerate(values):
        try:
            if field.convert is None:
                # A null among the values is an empty one.
                _fill(target.add(), {} if value is None else value, depth - 1)
            else:
                target.append(field.convert(value))
        except Wrong as wrong:
            wrong.path.append(f"[{number}]")
            raise


@functools.cache
def _fields(descriptor: Descriptor) -> Mapping[str, _Field]:
    return {field.json_name: _Field(field, converter(field)) for field in descriptor.fields}
