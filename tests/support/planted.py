"""Secrets to plant: of every kind, made up, and the same ones in every run."""

import base64
import json
import random
import string
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

COUNTS: Final = {"email": 28, "phone": 24, "card": 28, "iban": 24, "api_key": 36, "jwt": 20, "private_key": 8}
"""How many there are of each kind that a pattern finds."""

NAMED: Final = 20
"""Those that are known by what stands beside them in a text."""

OPAQUE: Final = 12
"""Those that nothing but the key of their attribute gives away."""

_LETTERS: Final = string.ascii_letters + string.digits
_PREFIXES: Final = (
    ("sk-", 48),
    ("sk-proj-", 64),
    ("sk-ant-api03-", 60),
    ("AKIA", 16),
    ("ghp_", 36),
    ("github_pat_", 60),
    ("xoxb-", 40),
    ("AIza", 35),
    ("hf_", 34),
    ("glpat-", 20),
    ("sk_live_", 24),
    ("gsk_", 52),
)
_NAMED: Final = (
    "password={}",
    "Authorization: Bearer {}",
    '{{"api_key": "{}", "n": 1}}',
    "postgres://app:{}@db.internal:5432/shop",
    '{{"headers": {{"Cookie": ["{}"]}}}}',
)
_LENGTHS: Final = {"DE": 18, "GB": 18, "FR": 23, "NL": 14, "ES": 20}


@dataclass(frozen=True, slots=True)
class Secret:
    """One secret: the *text* that is sent, and the *needle* in it that nobody must find."""

    kind: str
    needle: str
    text: str


def secrets(seed: int = 7) -> list[Secret]:
    """200 of them."""
    dice = random.Random(seed)
    found = [_MADE[kind](dice, number) for kind, count in COUNTS.items() for number in range(count)]
    for number in range(NAMED):
        needle = _word(dice, 18) + "7"
        found.append(Secret("credentials", needle, _NAMED[number % len(_NAMED)].format(needle)))
    return found + opaque(dice)


def opaque(dice: random.Random) -> list[Secret]:
    """Secrets that look like any word."""
    needles = ["Zq" + "".join(dice.choices(string.ascii_lowercase, k=16)) for _ in range(OPAQUE)]
    return [Secret("opaque", needle, needle) for needle in needles]


def _word(dice: random.Random, count: int) -> str:
    return "".join(dice.choices(_LETTERS, k=count))


def email(dice: random.Random, number: int) -> Secret:
    """An address, of which a few are written as URLs do."""
    name = f"{dice.choice(['joe', 'ana', 'kim', 'lea'])}{dice.choice(['.', '_', '+'])}{_word(dice, 6)}"
    address = f"{name}@{dice.choice(['example.com', 'mail.example.co.uk', 'beispiel.de'])}"
    return Secret("email", name, address.replace("@", "%40") if number % 7 == 6 else address)


def phone(dice: random.Random, number: int) -> Secret:
    """A number, written in one of several ways."""
    digits = "".join(str(dice.randint(2, 9)) for _ in range(10))
    forms = (
        f"+49 {digits[:3]} {digits[3:]}",
        f"+1{digits}",
        f"({digits[:3]}) {digits[3:6]}-{digits[6:]}",
        f"0{digits[:3]} {digits[3:]}",
    )
    text = forms[number % len(forms)]
    return Secret("phone", text, text)


def card(dice: random.Random, number: int) -> Secret:
    """A card that passes Luhn's check, grouped or not."""
    start, length = (("4", 16), ("51", 16), ("37", 15), ("6011", 16))[number % 4]
    body = start + "".join(str(dice.randint(0, 9)) for _ in range(length - 1 - len(start)))
    total = sum(sum(divmod((2 - place % 2) * int(digit), 10)) for place, digit in enumerate(reversed(body)))
    digits = body + str(-total % 10)
    text = (
        " ".join(digits[start : start + 4] for start in range(0, 16, 4)) if length == 16 and number % 8 < 4 else digits
    )
    return Secret("card", text, text)


def iban(dice: random.Random, number: int) -> Secret:
    """An account number whose check digits are right, grouped or not."""
    country = list(_LENGTHS)[number % len(_LENGTHS)]
    account = "".join(str(dice.randint(0, 9)) for _ in range(_LENGTHS[country]))
    check = 98 - int("".join(str(int(letter, 36)) for letter in account + country + "00")) % 97
    whole = f"{country}{check:02}{account}"
    text = " ".join(whole[start : start + 4] for start in range(0, len(whole), 4)) if number % 2 else whole
    return Secret("iban", text, text)


def api_key(dice: random.Random, number: int) -> Secret:
    """A key with a provider's prefix."""
    prefix, length = _PREFIXES[number % len(_PREFIXES)]
    letters = _word(dice, length - 2) + "7q"
    text = prefix + (letters.upper() if prefix == "AKIA" else letters)
    return Secret("api_key", text, text)


def jwt(dice: random.Random, number: int) -> Secret:
    """A token, signed by nobody."""
    parts = [
        json.dumps(part).encode() for part in ({"alg": "HS256", "typ": "JWT"}, {"sub": _word(dice, 12), "n": number})
    ]
    text = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "." + _word(dice, 43)
    return Secret("jwt", text.rpartition(".")[2], text)


def private_key(dice: random.Random, number: int) -> Secret:
    """Something between the lines of PEM."""
    needle = _word(dice, 64)
    kind = ("RSA ", "EC ", "OPENSSH ", "")[number % 4]
    return Secret(
        "private_key", needle, f"-----BEGIN {kind}PRIVATE KEY-----\n{needle}\n-----END {kind}PRIVATE KEY-----"
    )


_MADE: Final = {
    "email": email,
    "phone": phone,
    "card": card,
    "iban": iban,
    "api_key": api_key,
    "jwt": jwt,
    "private_key": private_key,
}


def dealt(cards: list[Secret], hands: int) -> Iterator[list[Secret]]:
    """Deal *cards* out, so that each hand has some of each kind."""
    yield from (cards[hand::hands] for hand in range(hands))
