"""How like an answer is to what was expected."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmill_scoring.builtin.catalog import builtin_of
from support.builtin_scorers import score, span, target, value


@pytest.mark.parametrize(
    ("expected", "answer", "by_words", "by_characters"),
    [
        ("Five days.", "five DAYS", 1, 1),
        ("Five days", "days five", 1, None),
        ("in five days", "in six days", pytest.approx(2 / 3), None),
        ("abcd", "abcx", 0, 0.75),
        ("x", "y", 0, 0),
    ],
)
def test_by_words_or_by_characters(expected: str, answer: str, by_words: float, by_characters: float | None) -> None:
    """Case and punctuation do not count; for words neither does their order."""
    assert value({"similarity": {"expected": expected}}, target("", answer)) == by_words
    if by_characters is not None:
        assert value({"similarity": {"expected": expected, "by": "characters"}}, target("", answer)) == by_characters


def test_what_is_expected_may_stand_in_a_span() -> None:
    """Of each target its own; where there is none, there is nothing to say."""
    asked = {"similarity": {"attribute": "expected"}}
    with_it = dataclasses.replace(span("agent"), attributes={"expected": "Yes."})
    found = score(asked, target("", "no", span("llm"), with_it))
    assert found is not None
    assert (found.value, found.reason) == (0, "expected: Yes.")
    assert score(asked, target("", "no", span("llm"))) is None


def test_nothing_is_like_no_answer() -> None:
    """It is not 0: nothing was said."""
    assert score({"similarity": {"expected": "x"}}, target("", " ")) is None


@given(st.text(), st.text(), st.sampled_from(["words", "characters"]))
def test_it_lies_between_0_and_1(expected: str, answer: str, by: str) -> None:
    """And is 1 for the same text, whatever the text."""
    for said in (answer, expected):
        found = value({"similarity": {"expected": f"a {expected}", "by": by}}, target("", f"a {said}"))
        assert found is not None
        assert 0 <= found <= 1
        assert said != expected or found == 1


@pytest.mark.parametrize("options", [{}, {"expected": "x", "attribute": "y"}, {"expected": "x", "by": "meaning"}])
def test_it_needs_one_expected_text(options: dict[str, str]) -> None:
    """Said in the rule or in the span."""
    with pytest.raises(ValueError, match="similarity"):
        builtin_of({"similarity": options})
