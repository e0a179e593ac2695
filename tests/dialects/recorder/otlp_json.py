"""OTLP's JSON: as protobuf's own, but ids are hexadecimal and enumerations are numbers."""

import base64
from collections.abc import Callable
from typing import Any, Final, TypeVar

from google.protobuf import json_format
from google.protobuf.message import Message

IDS: Final = frozenset({"traceId", "spanId", "parentSpanId"})

Kind = TypeVar("Kind", bound=Message)


def to_json(message: Message) -> dict[str, Any]:
    """*message* as OTLP/JSON."""
    plain = json_format.MessageToDict(message, use_integers_for_enums=True)
    _rewrite_ids(plain, lambda text: base64.b64decode(text).hex())
    return plain


def from_json(document: dict[str, Any], kind: type[Kind]) -> Kind:
    """The message of *kind* that *document* holds; unknown fields are errors."""
    plain = json_format.ParseDict({}, kind())
    copied = _copy(document)
    _rewrite_ids(copied, lambda text: base64.b64encode(bytes.fromhex(text)).decode())
    return json_format.ParseDict(copied, plain)


def _rewrite_ids(value: Any, rewrite: Callable[[str], str]) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            if key in IDS and isinstance(item, str):
                value[key] = rewrite(item)
            else:
                _rewrite_ids(item, rewrite)
    elif isinstance(value, list):
        for item in value:
            _rewrite_ids(item, rewrite)


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value
