"""The shop's order system, and the tool by which the model may ask it."""

import re
from dataclasses import dataclass
from typing import Final

from openai.types.chat import ChatCompletionToolParam

ORDER_LOOKUP: Final[ChatCompletionToolParam] = {
    "type": "function",
    "function": {
        "name": "order_lookup",
        "description": "Look up item, price, status and carrier of an order.",
        "parameters": {
            "type": "object",
            "properties": {"order": {"type": "string", "description": "Order number, like KC-4107."}},
            "required": ["order"],
        },
    },
}

_NUMBER: Final = re.compile(r"KC-(\d{4,})")
_ITEMS: Final = (
    ("Aster kettle", "64.00 EUR"),
    ("Brio teapot", "38.50 EUR"),
    ("Cedar tea tray", "29.00 EUR"),
    ("Dune mug, set of four", "24.00 EUR"),
    ("Ember milk frother", "45.90 EUR"),
)
_STATUSES: Final = ("being packed", "on its way to you", "out for delivery today", "delivered and signed for")
_CARRIERS: Final = ("Postline", "Northway", "QuickParcel")


class OrderNotFoundError(Exception):
    """The order system knows no such order."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the order system says about an order."""

    order: str
    item: str
    price: str
    status: str
    carrier: str


def find(order: str) -> Order:
    """Look up *order*; what it says depends on the number alone, so that every run sees the same shop."""
    match = _NUMBER.fullmatch(order)
    if match is None:
        raise OrderNotFoundError(f"No order {order!r}: order numbers look like KC-4107.")
    number = int(match[1])
    item, price = _ITEMS[number % len(_ITEMS)]
    return Order(order, item, price, _STATUSES[number % len(_STATUSES)], _CARRIERS[number % len(_CARRIERS)])
