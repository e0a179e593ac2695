"""What patterns find in texts, what they leave alone, and that no text makes them slow."""

import json
import random
import re
import sys
import uuid
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmill.masking import api_keys, mask, numbers
from spanmill.masking.texts import Texts
from support.planted import Secret, secrets

EVERYTHING = Texts(mask.ALL)
SECRETS = [secret for secret in secrets() if secret.kind != "opaque"]

POSITIVES = {
    "email": ["joe@example.com", "mailto:Jörg.O'Hara+x@mail.example.co.uk?x", "<ana@bücher.de>", "u=joe%40example.com"],
    "phone": [
        "+49 171 1234567",
        "tel:+14155552671",
        "(415) 555-2671",
        "1-415-555-2671",
        "0171/1234567",
        "end.0171 1234567",
        "0049 171 1234567",
    ],
    "card": [
        "4111111111111111",
        "4111-1111-1111-1111",
        "3782 822463 10005",
        "12 4111 1111 1111 1111",
        "卡号4111111111111111。",
    ],
    "IBAN": ["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "NO9386011117947"],
    "API key": ["sk-proj-Ab3dE6gH9jK2mN5pQ8sT1v", "key=AKIAIOSFODNN7EXAMPLE", "xoxb-123456789012-abcDEF1234"],
    "token": ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjMifQ.abcDEF123"],
    "private key": [
        "-----BEGIN RSA PRIVATE KEY-----\nabc",
        "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----",
    ],
    "secret": [
        "password=hunter2",
        "Authorization: Basic dXNlcjpwYXNz",
        "redis://:hunter2@host/0",
        "Bearer abcdef0123456789",
    ],
}
HARMLESS = [
    "order 4100-2231-77 of 2026-11-30, invoice 0000123456, customer 12345678901",
    "2026-11-30T14:22:01.123456+01:00 and 1764512521123456789 and 1764512521123",
    "version 1.24.3-rc.1, python 3.11.7, 10.0.0.255, 0.4532015112830366, -0.4111111111111111",
    "lodash@4.17.21 @app.route image@sha256:abc user@localhost",
    "task-management-is-a-very-long-slug-2024 risk-based-classification-of-requests-v2 sk-learn-based-classifier",
    '{"max_token": 5, "token": "Hel", "tokens": [1, 2], "token_type": "bearer", "password": null, "secret": false}',
    "gen_ai.usage.input_tokens=512 max_tokens: 400 time_to_first_token: 0.2",
    "basic understanding, bearer of bad news, the token: a unit of text, https://example.com:8080/a@b",
    "0x1234567890abcdef1234567890abcdef 4532015112830367 DE89370400440532013001",
    "DOI 10.1000/182, ISBN 978-3-16-148410-0, 12:30-14:00, pages 100-200, room 0815",
]

PIECES = [
    "a",
    "@",
    ".",
    "4",
    " ",
    "-",
    "sk-",
    "eyJ",
    "://",
    ":",
    "password",
    "=",
    '"',
    "\\",
    "[",
    "{",
    "Bearer ",
    "+1",
    "(",
    "DE89",
]

ODD = [
    "\ud800",
    "\u0130",
    "\u212a",
    "号",
    "\x00",
    "\\n",
    "\\u00e9",
    "Basic dTpw",
    "--token ",
    "value",
    "name",
    "<",
    ">",
    ",",
    ";",
    "%40",
]
"""What a reader of texts may stumble over: half a letter, and letters that become two, or others, in small ones."""


class TestFound:
    """What is hidden."""

    @pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in POSITIVES.items() for text in texts])
    def test_with_a_marker_that_names_its_kind(self, kind: str, text: str) -> None:
        """So that a reader sees what was there."""
        assert f"[{kind} hidden by spanmill]" in EVERYTHING.masked(text)

    @pytest.mark.parametrize("secret", SECRETS[::9], ids=lambda secret: secret.kind)
    def test_wherever_it_stands(self, secret: Secret) -> None:
        """In prose, in JSON, in JSON in JSON, behind escapes; and JSON stays JSON."""
        nested = json.dumps({"q": json.dumps({"m": f"line\n{secret.text}\nnext", "n": 1}), "t": f"号\n{secret.text}"})
        for text in (secret.text, f"Say {secret.text} to them.", repr({"z": secret.text}), f"({secret.text})", nested):
            assert secret.needle not in EVERYTHING.masked(text)
        inner = json.loads(json.loads(EVERYTHING.masked(nested))["q"])
        assert (inner["n"], inner["m"].partition("\n")[0]) == (1, "line")

    @pytest.mark.parametrize("secret", SECRETS[::9], ids=lambda secret: secret.kind)
    def test_once(self, secret: Secret) -> None:
        """What is masked already stays as it is."""
        masked = EVERYTHING.masked(f"a {secret.text} b")
        assert EVERYTHING.masked(masked) == masked

    def test_of_the_chosen_kinds_only(self) -> None:
        """An address is none of the secrets."""
        assert (
            Texts(mask.SECRETS).masked("joe@example.com 4111111111111111")
            == "joe@example.com [card hidden by spanmill]"
        )
        assert Texts(()).masked("password=x") == "password=x"

    def test_cards_that_are_numbers(self) -> None:
        """In JSON their marker gets quotes."""
        assert json.loads(EVERYTHING.masked('{"n": 4111111111111111, "m": [4111111111111111]}')) == {
            "n": "[card hidden by spanmill]",
            "m": ["[card hidden by spanmill]"],
        }
        assert EVERYTHING.number(4111111111111111) == "[card hidden by spanmill]"
        assert EVERYTHING.number(4111111111111112) == 4111111111111112


def test_what_is_known_to_be_harmless_is_little_and_holds_no_secret() -> None:
    """Texts that come again are not searched again; memory stays bounded."""
    texts = Texts(mask.ALL)
    for number in range(3_000):
        given = f"text number {number}"
        assert texts.masked(given) is given
        assert texts.masked(f"{given} password=Zq") == f"{given} password=[secret hidden by spanmill]"
    assert 0 < len(texts.harmless) <= 1_000
    assert not any("Zq" in known for known in texts.harmless)


class TestLeftAlone:
    """What only looks like something."""

    @pytest.mark.parametrize("text", HARMLESS)
    def test_numbers_names_and_prose(self, text: str) -> None:
        """Order numbers, times, versions, slugs, tokens of models."""
        assert EVERYTHING.masked(text) is text

    def test_ids(self) -> None:
        """UUIDs, trace ids and hashes, a thousand of each."""
        dice = random.Random(3)
        for _ in range(1000):
            drawn = uuid.UUID(int=dice.getrandbits(128), version=4)
            for text in (
                f"id {drawn}",
                f"trace {drawn.hex}",
                f"span {drawn.hex[:16]}",
                f"at {1_764_512_521_000 + dice.getrandbits(30)}",
            ):
                assert EVERYTHING.masked(text) == text


@given(st.text(st.characters(codec="ascii"), max_size=300))
def test_harmless_characters_are_never_lost(text: str) -> None:
    """Whatever is not hidden stands where it stood."""
    masked = EVERYTHING.masked(text)
    pieces = re.split(r"\[[A-Za-z ]+ hidden by spanmill\]", masked)
    position = 0
    for piece in pieces:
        position = text.index(piece.removeprefix('"').removesuffix('"'), position)


@given(st.lists(st.text(max_size=3) | st.sampled_from([*ODD, *PIECES]), max_size=14).map("".join))
def test_whatever_a_text_is_it_is_masked(text: str) -> None:
    """Nothing is raised; and a secret beside it is found all the same."""
    EVERYTHING.masked(text)
    assert "4111111111111111" not in EVERYTHING.masked(f"{text} 4111111111111111 {text}")


@given(st.integers(0, 10**15))
def test_one_card_in_ten(number: int) -> None:
    """Of the ten digits that may end a number, one makes it pass."""
    assert sum(numbers._passes_luhn(f"4{number:014}{digit}") for digit in range(10)) == 1


def steps(text: str) -> int:
    """How many calls, C functions included, masking of *text* takes: a measure that no busy machine disturbs."""
    count = 0

    def profile(_frame: FrameType, _event: str, _argument: object) -> None:
        nonlocal count
        count += 1

    sys.setprofile(profile)
    try:
        EVERYTHING.masked(text)
    finally:
        sys.setprofile(None)
    return count


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("".join))
def test_twice_the_text_takes_twice_the_steps(piece: str) -> None:
    """Whatever is repeated without end; the patterns themselves never go back far, see the next test."""
    once, twice = piece * (2_000 // len(piece)), piece * (4_000 // len(piece))
    assert steps(twice) <= 3 * steps(once) + 500


@pytest.mark.parametrize(
    "piece",
    [
        *PIECES,
        "a.",
        "sk-a",
        "eyJa.",
        "a@",
        "4 ",
        "://a:",
        "://:",
        "password=",
        '\\"',
        "secret:[",
        "(1",
        "+1 ",
        "0171 ",
        "A1 ",
        "-----BEGIN PRIVATE KEY-----",
        "bearer a",
        "DE89 ",
        "a_",
        "%40",
        "=a@",
    ],
)
def test_long_and_hostile_texts_are_passed_in_time(piece: str) -> None:
    """A million characters; were any pattern to go back through all of it, the test would not end this year."""
    EVERYTHING.masked(piece * (1_000_000 // len(piece)))


KEYISH = st.text(alphabet="kA9_-. é号\U0001f600\ud800\n", max_size=120)
DIGITS = st.text(alphabet="0149 -.\u00a0\u202fx:é?", max_size=60)


@given(KEYISH)
def test_long_runs_are_those_of_a_pattern(text: str) -> None:
    """Whatever stands between them, also what takes several bytes."""
    found = re.finditer(r"[A-Za-z0-9_\-.]{20,}", text)
    assert list(api_keys.long_runs(text)) == [run.span() for run in found]


@given(DIGITS)
def test_no_card_is_passed_over(text: str) -> None:
    """Where the pattern would look, the quick look before it finds enough digits."""
    if numbers._DIGITS.search(text):
        assert numbers._MANY in text.encode("ascii", "replace").translate(numbers._DIGIT, numbers._BETWEEN)


@given(st.lists(st.sampled_from([*SECRETS, *HARMLESS]), min_size=1, max_size=4), st.sampled_from(["", " ", "\n", '"']))
def test_what_is_known_is_masked_alike(pieces: list[Secret | str], between: str) -> None:
    """The second time as the first: what is remembered changes nothing."""
    text = between.join(piece.text if isinstance(piece, Secret) else piece for piece in pieces)
    texts = Texts(mask.ALL)
    assert texts.masked(text) == texts.masked(text) == EVERYTHING.masked(text)
