"""Payment cards and bank accounts: numbers whose check digits tell them from all others."""

import re
from collections.abc import Iterator
from typing import Final

from spanmill.masking.hits import Hit

_SEPARATORS: Final = " -.\u00a0\u202f"
_DIGITS: Final = re.compile(f"[0-9](?:[{re.escape(_SEPARATORS)}]{{0,2}}[0-9]){{12,}}")
_DIGIT: Final = bytes(ord("0") if char in b"0123456789" else ord(" ") for char in range(256))
_BETWEEN: Final = b" -.?"
"""Separators, where what is not ASCII is a question mark."""

_MANY: Final = b"0" * 13

_WORD: Final = re.compile(r"[A-Za-z0-9]")
"""What makes one word with a number beside it; Chinese, which has no blanks, does not."""

_GROUP: Final = re.compile(r"[0-9]+")
_SHAPES: Final = frozenset({(4, 4, 4, 4), (4, 4, 4, 4, 3), (4, 6, 5), (4, 6, 4), (4, 3, 3, 3)})
_ISSUED: Final = re.compile(
    r"4(?:.{12}|.{15}|.{18})"  # Visa
    r"|5[1-5].{14}|2(?:2[2-9]|[3-6].|7[0-2]).{13}|3[47].{13}|3(?:0[0-5]|[689].).{11}"  # Mastercard, Amex, Diners
    r"|(?:6(?:011|4[4-9].|5..|2..)|35(?:2[89]|[3-8].)).{12,15}"  # Discover, UnionPay, JCB
    r"|(?:5(?:018|020|038|893)|6(?:304|759|76[1-3])).{9,15}"  # Maestro
)
"""Issuers, and how long their numbers are."""

_LENGTHS: Final = (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29"
    " ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20"
    " LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29"
    " PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20"
    " YE30"
)
_COUNTRIES: Final = {entry[:2]: int(entry[2:]) for entry in _LENGTHS.split()}
"""Country → how long its account numbers are."""

_CHECKED: Final = re.compile(r"[0-9](?<=[A-Z]{2}[0-9])[0-9](?=[ \-\u00a0]?[A-Z0-9])")
"""The check digits behind the letters of a country. In small letters they would often begin the hash of something."""
_GAPS: Final = " -\u00a0"


def cards(text: str) -> Iterator[Hit]:
    """Find card numbers: grouped as on cards, or not at all; of a known issuer; and with the right check digit."""
    if _MANY not in text.encode("ascii", "replace").translate(_DIGIT, _BETWEEN):
        return  # which takes a tenth of the time of the pattern
    for run in _DIGITS.finditer(text):
        groups = [(group.start(), group.end()) for group in _GROUP.finditer(text, run.start(), run.end())]
        position = 0
        while position < len(groups):
            count = _card_length(text, groups, position)
            if count:
                start, end = groups[position][0], groups[position + count - 1][1]
                yield Hit(start, end, '"' if _is_bare(text, start, end) else "")
            position += count or 1


def is_card(digits: str) -> bool:
    """Whether *digits* are those of a card."""
    return _ISSUED.fullmatch(digits) is not None and _passes_luhn(digits)


def _card_length(text: str, groups: list[tuple[int, int]], first: int) -> int:
    """How many groups from *first* on make a card number, 0 for none."""
    if not _is_free_before(text, groups[first][0]):
        return 0
    for count in (1, 5, 4, 3):
        chosen = groups[first : first + count]
        shape = tuple(end - start for start, end in chosen)
        if len(chosen) != count or (count > 1 and shape not in _SHAPES):
            continue
        if _is_free_after(text, chosen[-1][1]) and is_card("".join(text[start:end] for start, end in chosen)):
            return count
    return 0


def _is_free_before(text: str, start: int) -> bool:
    before = text[start - 1 : start]
    if before == ".":  # the digits behind a point are no number of their own
        return not text[max(start - 2, 0) : start - 1].isdigit()
    return not _WORD.match(before)


def _is_free_after(text: str, end: int) -> bool:
    after = text[end : end + 1]
    return not (_WORD.match(after) or (after == "." and text[end + 1 : end + 2].isdigit()))


def _is_bare(text: str, start: int, end: int) -> bool:
    """Whether a number stands in JSON as a number: a marker there needs quotes, or it is JSON no more."""
    before, after = text[max(start - 8, 0) : start].rstrip()[-1:], text[end : end + 8].lstrip()[:1]
    return text[:1] in "{[" and before in {":", "[", ","} and after in {"]", "}", ","}


def _passes_luhn(digits: str) -> bool:
    total = sum(map(int, digits[-1::-2])) + sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return total % 10 == 0


def ibans(text: str) -> Iterator[Hit]:
    """Find international bank account numbers: as long as their country's are, and divisible as they must be."""
    done = 0
    for found in _CHECKED.finditer(text):
        start = found.start() - 2
        length = _COUNTRIES.get(text[start : start + 2], 0)
        if start < done or not length or not _is_free_before(text, start):
            continue
        end = _end_of(text, start, length)
        if end and _is_free_after(text, end) and _passes_mod_97(text[start:end]):
            done = end
            yield Hit(start, end)


def _end_of(text: str, start: int, length: int) -> int:
    """Where *length* capitals and digits from *start* on end, in groups of four or in one; 0: there are too few."""
    taken, position = 0, start
    while taken < length and position < len(text):
        if "0" <= text[position] <= "9" or "A" <= text[position] <= "Z":
            taken += 1
        elif taken % 4 or text[position] not in _GAPS or text[position - 1] in _GAPS:
            return 0
        position += 1
    return position if taken == length else 0


def _passes_mod_97(text: str) -> bool:
    account = "".join(filter(str.isalnum, text))
    return int("".join(str(int(letter, 36)) for letter in account[4:] + account[:4])) % 97 == 1
