"""The user's own function for values: asked, and not trusted."""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from spanmill.masking.hits import marker
from spanmill.masking.mask import Callback, Place

UNSURE: Final = marker("value whose masking failed")
DROPPED: Final = object()
"""In the place of a value that is not to be sent at all."""

MAX_DEPTH: Final = 20
"""Values in values are not followed further."""


class CallbackError(Exception):
    """The user's callback raised, or returned what no attribute can be; what it said may quote what it was given."""


class Asked:
    """Asks *callback*; its failure hides the value, and is told to *on_failure*."""

    def __init__(self, callback: Callback, on_failure: Callable[[Exception], None]) -> None:
        self._callback = callback
        self._on_failure = on_failure

    def about(self, key: str, value: object, place: Place) -> object:
        """Return what is to be sent instead of *value*, `DROPPED` for nothing."""
        try:
            # What it changes in place must not change for the host.
            said = self._callback(key, value if isinstance(value, str) else copy.deepcopy(value), place)
            is_sendable = _is_sendable(said, 0)
        except Exception as error:  # noqa: BLE001 - the user's code may raise anything
            return self._unsure(f"raised {type(error).__name__}")
        if not is_sendable:
            return self._unsure(f"returned a {type(said).__name__} that no attribute can be")
        return DROPPED if said is None else said

    def _unsure(self, what: str) -> str:
        self._on_failure(CallbackError(f"the callback {what}"))
        return UNSURE


def _is_sendable(value: object, depth: int) -> bool:
    if isinstance(value, str | bool | int | float | bytes | None):
        return True
    if depth >= MAX_DEPTH:
        return False
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and _is_sendable(member, depth + 1) for key, member in value.items())
    return isinstance(value, Sequence) and all(_is_sendable(item, depth + 1) for item in value)
