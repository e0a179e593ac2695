"""What was found in a text, and how it is replaced, so that whoever reads it sees that something was there."""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

BEGIN: Final = r"(?:(?<![A-Za-z0-9_])|(?<=%[0-9a-fA-F]{2}))"
"""
Where a word may begin: also behind the escapes of URLs.

All patterns of this package are runs: a beginning, and then one class of characters, as far as it goes, or for a number
of times that is small. What a run must be besides is asked of it in Python. So none goes back far, and a text of any
length and malice is passed once.
"""

ESCAPED: Final = "\x7f"
"""Stands for each character of an escaped letter, see `unescaped`."""

_LETTER: Final = re.compile(r"\\u[0-9a-fA-F]{4}")


class Hit(NamedTuple):
    """Where something was found, and the quotes that its marker needs where it stood in JSON without any."""

    start: int
    end: int
    quote: str = ""


def marker(what: str) -> str:
    """Return what stands in the place of something hidden."""
    return f"[{what} hidden by spanmill]"


def replaced(text: str, hits: Iterable[Hit], mark: str) -> str:
    """Return *text* with *mark* in the place of each of *hits*, in order; *text* itself where there are none."""
    pieces: list[str] = []
    done = 0
    for hit in hits:
        pieces += (text[done : hit.start], hit.quote, mark, hit.quote)
        done = hit.end
    return "".join((*pieces, text[done:])) if pieces else text


def unescaped(text: str) -> str:
    r"""
    Return *text*, as long as it is, without the escapes of JSON, for patterns to look at.

    Their letters and digits belong to no word: in ``"\nsk-…"`` the key begins behind the ``n``, and where
    ``\u53f7`` stands before a number, that does not begin with a 7.
    """
    if "\\" not in text:
        return text
    for escape, blank in (("\\n", "\n\n"), ("\\r", "\n\n"), ("\\t", "  "), ("\\b", "  "), ("\\f", "  ")):
        text = text.replace(escape, blank)
    return _LETTER.sub(ESCAPED * 6, text) if "\\u" in text else text
