"""Values of attributes, whatever their type, as they may be sent."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from spanmill._recording import CUT
from spanmill.masking import content
from spanmill.masking.callbacks import DROPPED, MAX_DEPTH, UNSURE, Asked
from spanmill.masking.keys import Decision, Keys
from spanmill.masking.mask import Mask, Place
from spanmill.masking.texts import MAX_KNOWN_CHARS, Texts

LEFT_OUT: Final = "spanmill.attributes_left_out"

_NO_CARD: Final = 10**12
"""Numbers below it are none of cards."""

_TAIL_CHARS: Final = 40
_MAX_TAIL_CHARS: Final = 4096


class Values:
    """Makes values sendable, as *mask* says; failures of its callback are told to *on_failure*."""

    def __init__(self, mask: Mask, on_failure: Callable[[Exception], None]) -> None:
        self._texts = Texts(mask.kinds())
        self._keys = Keys(mask, self._texts)
        self._asked = None if mask.callback is None else Asked(mask.callback, on_failure)
        self._max_chars = mask.max_value_chars
        self._max_attributes = mask.max_attributes
        self._has_patterns = bool(mask.kinds())
        self._is_plain = mask.callback is None and mask.max_value_chars >= MAX_KNOWN_CHARS

    def attributes(
        self, given: Mapping[str, Any] | None, place: Place, *, is_captured: bool = True
    ) -> Mapping[str, Any] | None:
        """Return *given* as it may be sent, without content where that is not captured; *given* itself if unchanged."""
        if not given:
            return given
        # The SDK's attributes lock and look up at each step; their copy is a plain dictionary.
        plain: Mapping[str, Any] = given.copy() if hasattr(given, "copy") else given
        if is_captured and len(plain) <= self._max_attributes and self._are_known(plain):
            return given
        sent: dict[str, Any] = {}
        is_changed = len(given) > self._max_attributes
        for key, value in itertools.islice(plain.items(), self._max_attributes):
            decision = self._keys[key]
            allowed = value if is_captured else _without_content(decision, value, given)
            masked = self._value(decision, key, allowed, place)
            is_changed = is_changed or masked is not value or decision.key != key
            if masked is not DROPPED:
                sent[decision.key] = masked
        if len(given) > self._max_attributes:
            sent[LEFT_OUT] = len(given) - self._max_attributes
        return sent if is_changed else given

    def _are_known(self, plain: Mapping[str, Any]) -> bool:
        """Whether nothing is to be done: most attributes are short texts and numbers that come again and again."""
        keys, harmless = self._keys, self._texts.harmless
        for key, value in plain.items():  # the innermost loop of all that is sent
            kind = type(value)
            if kind is str:
                is_known = value in harmless
            elif kind is int:
                is_known = -_NO_CARD < value < _NO_CARD
            else:
                is_known = kind is bool or kind is float
            if not is_known or not keys[key].is_open:
                return False
        return self._is_plain

    def value(self, key: str, value: object, place: Place) -> object:
        """Return the value of *key* as it may be sent, or `DROPPED`."""
        return self._value(self._keys[key], key, value, place)

    def text(self, key: str, text: str, place: Place) -> str:
        """Return *text*, which stands where nothing else can, as it may be sent."""
        if self._is_plain and text in self._texts.harmless and self._keys[key].is_open:
            return text
        masked = self._value(self._keys[key], key, text, place)
        return "" if masked is DROPPED else str(masked)

    def _value(self, decision: Decision, key: str, value: object, place: Place) -> object:
        if value is DROPPED:
            return value
        if decision.hides != "nothing" and decision.is_hidden(value):
            return decision.mark
        if self._asked is not None:
            value = self._asked.about(key, value, place)
        return self._inner(key, value, 0)

    def _inner(self, key: str, value: object, depth: int) -> object:
        """Return *value* with what patterns find in it replaced; *value* itself where that is nothing."""
        if isinstance(value, str):
            return self._text(value)
        if value is DROPPED or isinstance(value, bool | float | None):
            return value
        if isinstance(value, int):
            return self._texts.number(value)
        if isinstance(value, bytes):
            return self._bytes(value)
        return self._collection(key, value, depth) if depth < MAX_DEPTH else UNSURE

    def _collection(self, key: str, value: object, depth: int) -> object:
        if isinstance(value, Sequence):
            return self._sequence(key, value, depth)
        return self._mapping(key, value, depth) if isinstance(value, Mapping) else UNSURE

    def _text(self, text: str) -> str:
        whole = _without_torn_end(text) if self._has_patterns and text.endswith(CUT) else text
        masked = self._texts.masked(whole)
        if len(masked) > self._max_chars:
            return masked[: max(self._max_chars - len(CUT), 0)] + CUT
        return masked if whole is text else masked + CUT

    def _bytes(self, value: bytes) -> bytes:
        text = value.decode("utf-8", "surrogateescape")
        masked = self._text(text)
        return value if masked is text else masked.encode("utf-8", "surrogateescape")

    def _sequence(self, key: str, value: Sequence[Any], depth: int) -> Sequence[Any]:
        room, items = self._max_chars, list[Any]()
        for item in value:
            items.append(self._inner(key, item, depth + 1))
            room -= len(items[-1]) if isinstance(items[-1], str | bytes) else 0
            if room < 0:
                return (*items[:-1], CUT)
        return value if all(map(_is_same, items, value)) else tuple(items)

    def _mapping(self, key: str, value: Mapping[Any, Any], depth: int) -> Mapping[Any, Any]:
        """Members are asked for by their own name and with those around it: ``headers.cookie``."""
        members: dict[Any, Any] = {}
        for name, member in value.items():
            path = f"{key}.{name}"
            decision = self._keys[path]
            is_hidden = decision.hides != "texts" and decision.is_hidden(member)  # who allows a key, allows its members
            shown = self._texts.masked(str(name))
            members[shown] = decision.mark if is_hidden else self._inner(path, member, depth + 1)
        is_same = list(members) == list(value) and all(map(_is_same, members.values(), value.values()))
        return value if is_same else members


def _without_content(decision: Decision, value: object, given: Mapping[str, Any]) -> object:
    """Return what of a *value* among those *given* may be sent where content is not captured."""
    if decision.is_content:
        return DROPPED
    if decision.is_quoting:
        return content.instead(given.get("exception.type"))
    return content.numbers_of(value) if decision.is_parameters else value


def _is_same(one: object, other: object) -> bool:
    return one is other


def _without_torn_end(text: str) -> str:
    """Return a *text* that was cut without its mark and last words: half a secret is none that patterns know."""
    head = text[: -len(CUT)][:-_TAIL_CHARS]
    word = max(map(head.rfind, ' \n"'))
    return head[: max(word, len(head) - _MAX_TAIL_CHARS, 0)]
