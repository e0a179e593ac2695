"""
Secrets in texts that are known by what stands beside them: ``password=…``, ``"apiKey": "…"``, ``Bearer …``, URLs.

JSON is not parsed, for a text may be JSON in JSON, cut, a ``repr``, or hold a header or two among prose.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from typing import Final

from spanmill.masking.hits import Hit
from spanmill.masking.names import MIN_TOKEN_CHARS, WORDS, secrecy
from spanmill.masking.quoted import end_of_string, end_of_structure

_ENDS: Final = tuple(sorted({word if word.endswith("string") else word.rpartition("_")[2] for word in WORDS}, key=len))
"""With one of these ends every name that gives a secret away."""

_NAME: Final = re.compile(r"[\w.\-]+")
_TWO_WORDS: Final = re.compile(r"[\w.\-]+(?: [A-Za-z]+)?")
_GOES_ON: Final = re.compile(r"[A-Za-z0-9_\-]")
_MAX_NAME_CHARS: Final = 80
_ASSIGNED: Final = re.compile(r"""\\{0,15}["']?\]?[ \t]{0,4}(?:=>|=|:|%3[Dd])[ \t]{0,4}""")
_QUOTE: Final = re.compile(r"""(?:\\{1,15})?["']""")
_NOTHING: Final = re.compile(r"(?:null|none|true|false|undefined)\b", re.IGNORECASE)
_BARE: Final = re.compile(r"""[^\s,;&"'<>(){}\[\]\\]+""")
_LINE: Final = re.compile(r"""[^\r\n"'\\<>]+""")
_SCHEME: Final = re.compile(r"(?:bearer|basic|digest|token|negotiate)[ \t]{1,4}", re.IGNORECASE)
_HEADERS: Final = ("authorization", "cookie", "cookies")

_AUTHORIZED: Final = re.compile(r"\b(bearer|basic)(?: |%20)([A-Za-z0-9._~+/=\-]+)", re.IGNORECASE)
_USER: Final = re.compile(r"""://[^\s/?#:@"'<>]{0,256}:([^\s/?#"'<>]{1,256})@""")


def credentials(text: str) -> Iterator[Hit]:
    """Find what names, schemes and URLs give away."""
    may_assign = ":" in text or "=" in text or "%3" in text
    if not may_assign and " " not in text:
        return
    # In small letters, and as long as before: the only letter that becomes two is the Turkish capital I.
    lowered = text.replace("\u0130", "I").lower()
    words = [word for word in _ENDS if word in lowered] if may_assign else []
    hits = list(_assigned(text, sorted(end for word in words for end in _ends_of(word, lowered))))
    if "bearer" in lowered or "basic" in lowered:
        hits += _authorized(text)
    if "://" in text:
        hits += (Hit(found.start(1), found.end(1)) for found in _USER.finditer(text))
    done = 0
    for hit in sorted(hits):
        if hit.start >= done:
            done = hit.end
            yield hit


def _authorized(text: str) -> Iterator[Hit]:
    for found in _AUTHORIZED.finditer(text):
        scheme, said = found[1].lower(), found[2]
        is_secret = _is_user_and_password(said) if scheme == "basic" else _is_token(said)
        if is_secret:
            yield Hit(found.start(2), found.end(2))


def _is_token(said: str) -> bool:
    return len(said) >= MIN_TOKEN_CHARS and any(map(str.isdigit, said))


def _is_user_and_password(said: str) -> bool:
    try:
        return b":" in base64.b64decode(said.rstrip(".="[:1]), validate=True)
    except binascii.Error:
        return False


def _ends_of(word: str, lowered: str) -> Iterator[int]:
    """Where *word* ends in *lowered* and no longer one goes on."""
    start = lowered.find(word)
    while start >= 0:
        end = start + len(word)
        if not _GOES_ON.match(lowered, end):
            yield end
        start = lowered.find(word, end)


def _assigned(text: str, ends: Iterable[int]) -> Iterator[Hit]:
    """Find values behind names that end at *ends*; what a found one covers is not looked at again."""
    done = 0
    for end in ends:
        sign = _ASSIGNED.match(text, end) if end > done else None
        if sign is None:
            continue
        name = _name(text, done, end)
        said = secrecy(name)
        if said == "none":
            continue
        hit = _value(text, sign.end(), name)
        if hit and (said == "secret" or hit.end - hit.start >= MIN_TOKEN_CHARS):
            done = hit.end
            yield hit


def _name(text: str, done: int, end: int) -> str:
    behind = text[max(done, end - _MAX_NAME_CHARS) : end][::-1]
    found = (_TWO_WORDS if behind.startswith(("yek", "yeK", "YEK")) else _NAME).match(behind)  # "API key: …"
    return found[0][::-1].replace(" ", "_") if found else ""


def _value(text: str, start: int, name: str) -> Hit | None:
    """Where the value that begins at *start* lies, None where there is none."""
    quote = _QUOTE.match(text, start)
    if quote:
        end = end_of_string(text, quote.end(), quote[0])
        return Hit(quote.end(), end) if end > quote.end() else None
    mark = _quote_before(text, start)
    if text[start : start + 1] in {"{", "["}:
        return Hit(start, end_of_structure(text, start), mark)
    if _NOTHING.match(text, start):
        return None
    scheme = _SCHEME.match(text, start)
    is_header = not mark and name.lower().endswith(_HEADERS)
    found = (_LINE if is_header else _BARE).match(text, scheme.end() if scheme else start)
    return Hit(start, found.end(), mark) if found else None


def _quote_before(text: str, start: int) -> str:
    """The quotes of the name before the sign that ends at *start*, where it had any."""
    before = text[max(start - 16, 0) : start].rstrip(" \t").removesuffix(":").rstrip(" \t")
    if not before.endswith(('"', "'")):
        return ""
    return before[len(before[:-1].rstrip("\\")) :]
