"""Scalar values of OTLP/JSON: what each kind of field may look like in JSON, and what it becomes."""

import base64
import binascii
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import orjson
from google.protobuf.descriptor import FieldDescriptor

Converter: TypeAlias = Callable[[Any], Any]
"""Takes a JSON value, gives what protobuf sets, raises `Wrong`."""

_HEX_FIELDS: Final = frozenset({"trace_id", "span_id", "parent_span_id"})
_WHOLE: Final = re.compile(r"-?[0-9]+")
_WORDS: Final = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class Wrong(Exception):
    """
    A value that does not fit.

    Attributes:
        what: What is wrong with it.
        path: Where it is, written from the inside out.
    """

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what
        self.path: list[str] = []


def converter(field: FieldDescriptor) -> Converter | None:
    """Return what turns a JSON value into one for *field*; None for messages, which are not scalar."""
    if field.message_type is not None:
        return None
    if field.type == FieldDescriptor.TYPE_BYTES:
        return _from_hex if field.name in _HEX_FIELDS else _from_base64
    if field.type == FieldDescriptor.TYPE_ENUM:
        return _enum
    return _CONVERTERS[field.cpp_type]


def _from_hex(value: Any) -> bytes:
    try:
        return bytes.fromhex(_text(value))
    except ValueError as error:
        raise Wrong(f"{shown(value)} is not hexadecimal") from error


def _from_base64(value: Any) -> bytes:
    text = _text(value).replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Wrong(f"{shown(value)} is not base64") from error


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Wrong(f"a string is expected, not {shown(value)}")
    return value


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Wrong(f"true or false is expected, not {shown(value)}")
    return value


def _integer(low: int, high: int) -> Converter:
    def convert(value: Any) -> int:
        number = _whole(value)
        if not low <= number <= high:
            raise Wrong(f"{shown(value)} does not fit between {low} and {high}")
        return number

    return convert


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Wrong(f"a whole number is expected, not {shown(value)}")
    # int() also takes "1_000" and " 1", which no protobuf JSON is.
    if isinstance(value, str) and not _WHOLE.fullmatch(value):
        raise Wrong(f"a whole number is expected, not {shown(value)}")
    try:
        number = int(value)
    except (ValueError, OverflowError) as error:
        raise Wrong(f"a whole number is expected, not {shown(value)}") from error
    if isinstance(value, float) and not value.is_integer():
        raise Wrong(f"a whole number is expected, not {shown(value)}")
    return number


def _enum(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Wrong(f"an enum is its number, not {shown(value)}")
    number: int = _INT32(value)
    return number


def _double(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Wrong(f"a number is expected, not {shown(value)}")
    try:
        return _WORDS[value] if value in _WORDS else float(value)
    except (ValueError, OverflowError) as error:
        raise Wrong(f"a number is expected, not {shown(value)}") from error


def shown(value: Any) -> str:
    """*value* as it may stand in an error message."""
    text = orjson.dumps(value).decode()
    return text if len(text) <= 40 else text[:39] + "…"


_INT32: Final = _integer(-(2**31), 2**31 - 1)
_CONVERTERS: Final[Mapping[int, Converter]] = {
    FieldDescriptor.CPPTYPE_STRING: _text,
    FieldDescriptor.CPPTYPE_BOOL: _boolean,
    FieldDescriptor.CPPTYPE_DOUBLE: _double,
    FieldDescriptor.CPPTYPE_INT32: _INT32,
    FieldDescriptor.CPPTYPE_UINT32: _integer(0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_INT64: _integer(-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT64: _integer(0, 2**64 - 1),
}
