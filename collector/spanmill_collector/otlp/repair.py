"""
Text that is not UTF-8, in requests that are otherwise good.

protobuf demands UTF-8, and refuses a whole request for one byte in one attribute: a text that was cut in the middle of
a character would cost all spans that were sent along with it. Such requests take the slow way through here.
"""

from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError, Message

from spanmill_collector.otlp.signals import Signal


def repaired(body: bytes, signal: Signal) -> tuple[bytes, int] | None:
    """
    Return *body* with U+FFFD in the place of what is not UTF-8, and in how many texts.

    None where *body* is no request of *signal*.
    """
    try:
        message = signal.unchecked.FromString(body)
    except DecodeError:
        return None
    texts = _repair(message, signal.checked.DESCRIPTOR)
    return message.SerializePartialToString(), texts


def _repair(message: Message, checked: Any) -> int:
    """Repair the fields of *message* that are text according to *checked*, its descriptor, and count them."""
    texts = 0
    for field, value in message.ListFields():
        twin = checked.fields_by_number[field.number]
        if twin.message_type is not None:
            texts += sum(_repair(child, twin.message_type) for child in (value if field.is_repeated else (value,)))
        elif twin.type == FieldDescriptor.TYPE_STRING:
            text = value.decode(errors="replace").encode()
            if text != value:
                setattr(message, field.name, text)
                texts += 1
    return texts
