"""Addresses of people: email and phone."""

import re
from collections.abc import Iterator
from typing import Final

from spanmill.masking.hits import ESCAPED, Hit

_AT: Final = re.compile("@|%40")
_MAX_LOCAL_CHARS: Final = 64
_LOCAL: Final = re.compile(rf"[\w.!$'+^~%{ESCAPED}-]+")
_DOMAIN: Final = re.compile(r"[\w.-]{1,253}")
_TOP_LEVEL: Final = re.compile(r"xn--[a-z0-9-]{1,59}|[^\W\d_]{2,63}", re.IGNORECASE)
_EDGES: Final = ".'" + ESCAPED

_GAP: Final = r"[ ().\-/\u00a0\u202f]{0,2}"
_FREE: Final = r"(?<![A-Za-z0-9_\-/+])(?<![0-9]\.)"
_PHONE: Final = re.compile(
    rf"(?<![A-Za-z0-9_+])(?:\+|%2B)[1-9](?:{_GAP}[0-9]){{7,14}}"  # +49 171 1234567
    rf"|{_FREE}00[1-9][0-9]{{0,2}}[ .\-/](?:{_GAP}[0-9]){{6,12}}"  # 0049 171 1234567
    rf"|{_FREE}(?:1[ .\-])?\(?[2-9][0-9]{{2}}(?:\) ?|[ .\-])[2-9][0-9]{{2}}[ .\-][0-9]{{4}}"  # (415) 555-2671
    rf"|{_FREE}\(?0[1-9][0-9]{{1,3}}(?:\) ?|[ /\-])[0-9]{{3,8}}(?:[ \-][0-9]{{2,5}}){{0,3}}"  # 0171 1234567
)
_DIGITS: Final = re.compile(r"[0-9][0-9 ().\-/\u00a0\u202f]{7,}")
"""Where a phone number may be, but for what stands before its first digit."""

_AFTER: Final = re.compile(r"[A-Za-z0-9_]|[.\-/:][0-9]")
_MAX_DIGITS: Final = 15
_MIN_DIGITS: Final = 9


def emails(text: str) -> Iterator[Hit]:
    """Find email addresses, also as URLs write them (``%40``)."""
    if "@" not in text and "%40" not in text:
        return
    done = 0
    for sign in _AT.finditer(text):
        if sign.start() < done:
            continue
        start, end = _start_of_local(text, done, sign.start()), _end_of_domain(text, sign.end())
        if start < sign.start() and end:
            done = end
            yield Hit(start, end)


def _start_of_local(text: str, done: int, sign: int) -> int:
    behind = text[max(done, sign - _MAX_LOCAL_CHARS) : sign][::-1]
    found = _LOCAL.match(behind)
    local = found[0][::-1].lstrip(_EDGES) if found else ""
    return sign - len(local)


def _end_of_domain(text: str, start: int) -> int:
    """Where the domain that begins at *start* ends; 0 where there is none with a dot and letters behind it."""
    found = _DOMAIN.match(text, start)
    labels = found[0].split(".") if found else []
    if len(labels) < 2 or not labels[0]:
        return 0
    whole = 1
    while whole < len(labels) and labels[whole]:
        whole += 1
    for last in range(whole - 1, 0, -1):
        top = _TOP_LEVEL.match(labels[last].rstrip("-_"))
        if top and (top.end() == len(labels[last].rstrip("-_")) or last == 1):
            return start + len(".".join(labels[:last])) + 1 + top.end()
    return 0


def phones(text: str) -> Iterator[Hit]:
    """
    Find phone numbers: with a plus, with 00 and gaps, grouped as in North America, or with a 0 and an area code.

    What is nothing but digits is none: order numbers and timestamps are that, too.
    """
    done = 0
    for run in _DIGITS.finditer(text):
        for found in _PHONE.finditer(text, max(done, run.start() - 4), run.end()):
            digits = sum(map(str.isdigit, found[0]))
            if _MIN_DIGITS <= digits <= _MAX_DIGITS and not _AFTER.match(text, found.end()):
                done = found.end()
                yield Hit(found.start(), done)
