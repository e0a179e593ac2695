"""
Values that are nested deeper than ClickHouse decodes, written as the JSON text that stands for them.

This is the slow way, taken only by requests that hold such values. A value's text is what ClickHouse makes of shallow
ones: bytes are base64, NaN and the infinities, for which JSON has no word, are strings.
"""

import base64
import json
import math
from typing import TypeAlias

from google.protobuf.message import Message
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"


def write_nested_as_text(message: Message) -> None:
    """Replace every list and map among the values in *message*, an official OTLP message, by its JSON text."""
    if isinstance(message, AnyValue):
        if message.WhichOneof("value") in ("array_value", "kvlist_value"):
            message.string_value = json.dumps(plain(message), ensure_ascii=False, separators=(",", ":"))
        return
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        for child in value if field.is_repeated else (value,):
            write_nested_as_text(child)


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
