"""A text with everything replaced that patterns find in it."""

import re
from collections.abc import Callable, Collection, Iterable
from typing import Final

from spanmill.masking.api_keys import api_keys, jwts, private_keys
from spanmill.masking.contacts import emails, phones
from spanmill.masking.credentials import credentials
from spanmill.masking.hits import Hit, marker, replaced, unescaped
from spanmill.masking.mask import Pattern
from spanmill.masking.numbers import cards, ibans, is_card

SECRET: Final = marker("secret")
CARD: Final = marker("card")

_FINDERS: Final[dict[Pattern, tuple[Callable[[str], Iterable[Hit]], str]]] = {
    "private_key": (private_keys, marker("private key")),
    "credentials": (credentials, SECRET),
    "jwt": (jwts, marker("token")),
    "api_key": (api_keys, marker("API key")),
    "iban": (ibans, marker("IBAN")),
    "card": (cards, CARD),
    "email": (emails, marker("email")),
    "phone": (phones, marker("phone")),
}
"""In the order in which they look: one that knows more exactly what it found comes first."""

_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.\-]{0,13}\Z")
"""A word in which there is no room for anything: most values are one, names of models and operations, short ids."""

MAX_KNOWN_CHARS: Final = 64
_MAX_KNOWN: Final = 1_000

_MIN_CARD: Final = 10**12


class Texts:
    """
    Hides texts of certain *kinds*.

    Attributes:
        harmless: Short texts in which nothing was found; there is no more to know of them.
    """

    def __init__(self, kinds: Collection[Pattern]) -> None:
        self._finders = [found for kind, found in _FINDERS.items() if kind in kinds]
        self.harmless: set[str] = set()
        self._hides_cards = "card" in kinds

    def masked(self, text: str) -> str:
        """Return *text* with markers; the very same where there is nothing to hide."""
        if not self._finders:
            return text
        is_short = len(text) <= MAX_KNOWN_CHARS
        if is_short and text in self.harmless:
            return text
        masked = text if _WORD.match(text) else self._searched(text)
        if masked is text and is_short:
            self._know(text)
        return masked

    def _know(self, text: str) -> None:
        """Names come again and again; of what was hidden nothing is kept."""
        if len(self.harmless) >= _MAX_KNOWN:
            self.harmless.clear()
        self.harmless.add(text)

    def _searched(self, text: str) -> str:
        seen = unescaped(text)
        for find, mark in self._finders:
            masked = replaced(text, find(seen), mark)
            if masked is not text:
                text, seen = masked, unescaped(masked)
        return text

    def number(self, number: int) -> int | str:
        """Return *number*, or a marker where it is that of a card."""
        if self._hides_cards and number >= _MIN_CARD and is_card(str(number)):
            return CARD
        return number
