"""
Names with values in texts: ``password=…``, ``"apiKey": "…"``, ``--token …``, headers, connection strings, XML.

JSON is not parsed, for a text may be JSON in JSON, cut, a ``repr``, or hold a header or two among prose.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from spanmill.masking.hits import Hit
from spanmill.masking.names import MIN_TOKEN_CHARS, WORDS, secrecy
from spanmill.masking.quoted import end_of_string, end_of_structure

_ENDS: Final = tuple(sorted({word if word.endswith("string") else word.rpartition("_")[2] for word in WORDS}, key=len))
"""With one of these ends every name that gives a secret away."""

_STEMS: Final = {
    stem: tuple(word for word in _ENDS if stem in word)
    for stem in dict.fromkeys("key" if "key" in word else word[:4] for word in _ENDS)
}
"""What ends share: four passwords need not be looked for where there is no ``pass``."""

_GOES_ON: Final = re.compile(r"[A-Za-z0-9_\-]")
_NAME: Final = re.compile(r"[\w.\-]+")
_TWO_WORDS: Final = re.compile(r"[\w.\-]+(?: [A-Za-z]+)?")
_MAX_NAME_CHARS: Final = 80

_SIGN: Final = re.compile(
    r"""(?P<member>(?P<quote>\\{0,15}["'])\s{0,16}(?:=>|:)\s{0,16})"""  # "password": …
    r"""|(?P<field>\\{0,15}["']\s{0,4},\s{0,16}\\{0,15}["']value\\{0,15}["']\s{0,4}:\s{0,4})"""  # …, "value": …
    r"""|(?P<pair>\\{0,15}["']\s{0,4},\s{0,4}(?=b?\\{0,15}["']))"""  # ("authorization", "…")
    r"""|(?P<tag>>)|["']?\]?[ \t]{0,4}(?:=>|=|:|%3[Dd])[ \t]{0,4}|(?P<flag>[ \t]{1,4})"""
)
_QUOTE: Final = re.compile(r"""[bBrRuUfF]{0,2}(?P<quote>(?:\\{1,15})?["'])""")
_NOTHING: Final = re.compile(r"(?:null|none|true|false|undefined)\b", re.IGNORECASE)
_BARE: Final = re.compile(r"""[^\s,;&"'<>(){}\[\]\\]+""")
_LINE: Final = re.compile(r"""[^\r\n"'\\<>]+""")
_ELEMENT: Final = re.compile(r"[^<]+")
_OF_CONNECTION: Final = re.compile(r"""[^;"'\r\n<>]{1,200}(?=;\s?\w[\w ]{0,40}=)""")
_SCHEME: Final = re.compile(r"(?:bearer|basic|digest|token|negotiate)[ \t]{1,4}", re.IGNORECASE)
_HEADERS: Final = ("authorization", "cookie", "cookies")


class _Sign(NamedTuple):
    """What stands between a name and its value: how they belong together, where the value begins, the name's quotes."""

    kind: str
    end: int
    quote: str


def assigned(text: str, lowered: str) -> Iterator[Hit]:
    """Find values behind names that give them away; what a found one covers is not looked at again."""
    done = 0
    words = {word for stem, words in _STEMS.items() if stem in lowered for word in words}
    for end in sorted({end for word in words for end in _ends_of(word, lowered)}):
        found = _SIGN.match(text, end) if end > done else None
        if found is None or (found["flag"] and text.find("--", max(end - _MAX_NAME_CHARS, 0), end) < 0):
            continue  # which is nearly always so: people write of keys and tokens
        name = _name(text, done, end)
        sign = _sign(text, found, name)
        said = secrecy(name)
        hit = _value(text, sign, name) if sign and said != "none" else None
        if hit and (said == "secret" or hit.end - hit.start >= MIN_TOKEN_CHARS):
            done = hit.end
            yield hit


def _ends_of(word: str, lowered: str) -> Iterator[int]:
    """Where *word* ends in *lowered* and no longer one goes on."""
    start = lowered.find(word)
    while start >= 0:
        end = start + len(word)
        if not _GOES_ON.match(lowered, end):
            yield end
        start = lowered.find(word, end)


def _name(text: str, done: int, end: int) -> str:
    behind = text[max(done, end - _MAX_NAME_CHARS) : end][::-1]
    found = (_TWO_WORDS if behind.startswith(("yek", "yeK", "YEK")) else _NAME).match(behind)  # "API key: …"
    return found[0][::-1].replace(" ", "_") if found else ""


def _sign(text: str, found: re.Match[str], name: str) -> _Sign | None:
    """What was *found* behind *name*, None where it is something else but for what stands before the name."""
    kind, start = found.lastgroup or "", found.start() - len(name)
    before = text[max(start - 40, 0) : start].rstrip("b").rstrip("\"'").rstrip("\\").rstrip("b")
    is_meant = {"flag": name.startswith("--"), "tag": before.endswith("<"), "pair": before.endswith(("(", "["))}
    return _Sign(kind, found.end(), found["quote"] or "") if is_meant.get(kind, True) else None


def _value(text: str, sign: _Sign, name: str) -> Hit | None:
    """Where the value behind *sign* lies, None where there is none."""
    quote = _QUOTE.match(text, sign.end)
    if quote:
        end = end_of_string(text, quote.end(), quote["quote"])
        closing = text[end + len(quote["quote"]) : end + len(quote["quote"]) + 1]
        is_value = end > quote.end() and (sign.kind != "pair" or closing in {")", "]", ""})
        return Hit(quote.end(), end) if is_value else None
    if text[sign.end : sign.end + 1] in {"{", "["}:
        return Hit(sign.end, end_of_structure(text, sign.end), sign.quote)
    if _NOTHING.match(text, sign.end):
        return None
    end = _end_of_bare(text, sign, name)
    return Hit(sign.end, end, sign.quote) if end > sign.end else None


def _end_of_bare(text: str, sign: _Sign, name: str) -> int:
    """Where a value without quotes ends, with what belongs to it: a scheme's word, a call, a line."""
    scheme = _SCHEME.match(text, sign.end)
    start = scheme.end() if scheme else sign.end
    if sign.kind == "tag":
        found = _ELEMENT.match(text, start)
    elif not sign.quote and name.lower().endswith(_HEADERS):
        found = _LINE.match(text, start)
    else:
        found = _OF_CONNECTION.match(text, start) or _BARE.match(text, start)
    end = found.end() if found else sign.end
    return end_of_structure(text, end) if found and text[end : end + 1] == "(" else end
