"""Secrets in JSON, in JSON in JSON, and in what `repr` writes: found whatever stands around them, and it stays JSON."""

import ast
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from spanmill.masking import mask
from spanmill.masking.texts import Texts

TEXTS = Texts(mask.ALL)
NEEDLE = "Zq9xNeedle"
ODD = st.text(st.sampled_from("ab \"'\\\n\t{}[](),:;=é号/&<>"), max_size=12)
"""All that could lead a reader of JSON astray."""

NAMES = st.sampled_from(["password", "clientSecret", "x-api-key", "Authorization", "access_token", "credentials"])
LEAVES = st.none() | st.booleans() | st.integers(-1000, 1000) | ODD


@st.composite
def secret_values(draw: st.DrawFn) -> Any:
    """Values with the needle in them, of all types."""
    text = draw(ODD) + NEEDLE + draw(ODD)
    return draw(st.sampled_from([text, [text], {"a": text}, [[draw(ODD)], {"b": [text, draw(ODD)]}]]))


@st.composite
def documents(draw: st.DrawFn) -> Any:
    """Objects with such a value somewhere, under a name that gives it away."""
    document: Any = {**draw(st.dictionaries(ODD, LEAVES, max_size=2)), draw(NAMES): draw(secret_values()), "n": 1}
    for _ in range(draw(st.integers(0, 3))):
        document = draw(st.sampled_from([[draw(ODD), document, 2], {"a": document, "b": draw(ODD)}]))
    return document


@given(documents(), st.integers(1, 4), st.booleans(), st.sampled_from([None, 2]), st.sampled_from([None, (",", ":")]))
def test_json(
    document: Any, levels: int, is_ascii: bool, indent: int | None, separators: tuple[str, str] | None
) -> None:
    """As deep as JSON lies in JSON, and it can be read at all levels."""
    text = json.dumps(document, ensure_ascii=is_ascii, indent=indent, separators=separators)
    for _ in range(levels - 1):
        text = json.dumps({"said": text}, ensure_ascii=is_ascii)
    masked = TEXTS.masked(text)
    assert NEEDLE not in masked
    for _ in range(levels - 1):
        masked = json.loads(masked)["said"]
    json.loads(masked)


@given(documents())
def test_repr(document: Any) -> None:
    """Python's own way of writing it."""
    masked = TEXTS.masked(repr(document))
    assert NEEDLE not in masked
    ast.literal_eval(masked)


@given(documents(), st.integers(0, 200))
def test_what_was_cut(document: Any, place: int) -> None:
    """A text that ends anywhere."""
    text = json.dumps({"said": json.dumps(document)})
    assert NEEDLE not in TEXTS.masked(text[: max(place, text.index(NEEDLE) + len(NEEDLE))])
