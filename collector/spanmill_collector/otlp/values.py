"""
Values that are nested deeper than ClickHouse decodes, written as the JSON text that stands for them.

This is the slow way, taken only by requests that hold such values. A value's text is what ClickHouse makes of shallow
ones: bytes are base64, NaN and the infinities, for which JSON has no word, are strings.
"""

import base64
import contextlib
import json
import math
from typing import Any, Final, TypeAlias

from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

_VALUES: Final = frozenset({"AnyValue", "PlainValue"})
"""Messages of the store's description that stand for an AnyValue."""

_NESTED: Final = frozenset({"array_value", "kvlist_value"})

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"


def write_nested_as_text(message: Message) -> None:
    """
    Replace every list and map among the values in *message*, a `checked` one, by its JSON text.

    What protobuf itself does not read, because it is nested too deep or holds text that is not UTF-8, stays as it is,
    and is stored as its bytes.
    """
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        is_value = field.message_type.name in _VALUES
        for child in value if field.is_repeated else (value,):
            if is_value:
                _write_as_text(child)
            else:
                write_nested_as_text(child)


def _write_as_text(value: Any) -> None:
    # Where lists are decoded, they are no alternative of the others.
    kind = value.WhichOneof("value")
    if kind not in _NESTED and (kind or not value.ListFields()):
        return
    with contextlib.suppress(DecodeError):
        text = plain(AnyValue.FromString(value.SerializePartialToString()))
        value.Clear()
        value.string_value = json.dumps(text, ensure_ascii=False, separators=(",", ":"))


def plain(value: AnyValue) -> Json:
    """Return what *value* says as Python's own types; of a repeated key in a map the last one counts."""
    match value.WhichOneof("value"):
        case "array_value":
            return [plain(item) for item in value.array_value.values]
        case "kvlist_value":
            return {pair.key: plain(pair.value) for pair in value.kvlist_value.values}
        case "bytes_value":
            return base64.b64encode(value.bytes_value).decode()
        case "double_value":
            number = value.double_value
            return number if math.isfinite(number) else str(number)
        case None:
            return None
        case kind:
            found: Json = getattr(value, kind)
            return found
