"""Built-in scorers of sessions."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmill_scoring.builtin.catalog import builtin_of
from spanmill_scoring.builtin.kinds import PythonBuiltin
from spanmill_scoring.outcomes import Score
from spanmill_store.targets import Target, TargetId
from spanmill_store.turns import Turn, transcript

ASKED = "How long does the delivery to Norway take?"


def turn(asked: str, answered: str = "Five days.", *, is_failed: bool = False) -> Turn[object]:
    """One turn of a conversation."""
    return Turn("t", datetime(2026, 11, 30, tzinfo=UTC), 1, asked, answered, "", int(is_failed), is_failed)


def said(name: object, *turns: Turn[object]) -> Score | None:
    """What the scorer *name* says of a conversation."""
    builtin = builtin_of(name)
    assert isinstance(builtin, PythonBuiltin)
    target = Target(TargetId("default", "", "", "s"), "s", "", "", "s", "", {}, (), turns)  # type: ignore[arg-type]
    return builtin.score(target)


def label(name: object, *turns: Turn[object]) -> str:
    """Its label, '' where there is no score."""
    found = said(name, *turns)
    return found.label if found else ""


class TestRepeatedQuestion:
    """The user asks the same again."""

    @pytest.mark.parametrize(
        "again",
        [
            ASKED,
            "how long does the delivery to norway take",
            "How long does the delivery to Norway take???",
            "How long does delivery to Norway take?",
            "To Norway: how long does the delivery take?",
        ],
    )
    def test_the_same_words_are_the_same_question(self, again: str) -> None:
        """Whatever their case, punctuation and order."""
        assert label("repeated_question", turn(ASKED), turn("And to Sweden, please?"), turn(again)) == "repeated"

    @pytest.mark.parametrize(
        "other",
        ["What does the delivery to Norway cost?", "How long does the delivery to Portugal take on foot?", "", "Yes."],
    )
    def test_another_question_is_not(self, other: str) -> None:
        """Nor is nothing."""
        assert label("repeated_question", turn(ASKED), turn(other)) == "fine"

    def test_short_words_may_be_said_twice(self) -> None:
        """Nobody repeats a question by saying yes."""
        assert label("repeated_question", turn("yes"), turn("yes")) == "fine"

    def test_other_numbers_make_another_question(self) -> None:
        """Where is order 1234 is not where is order 1235."""
        assert label("repeated_question", turn("Where is my order 1234?"), turn("Where is my order 1235?")) == "fine"
        assert label("repeated_question", turn("Where is my order 1234?"), turn("Where's my order 1234?")) == "repeated"

    def test_the_threshold_is_an_option(self) -> None:
        """And so is how far back it looks."""
        turns = (turn(ASKED), turn("How long does the delivery to Sweden take?"))
        assert label("repeated_question", *turns) == "fine"
        assert label({"repeated_question": {"similarity": 0.7}}, *turns) == "repeated"
        far = (turn(ASKED), turn("What else is there?"), turn("Where do you live?"), turn(ASKED))
        assert label({"repeated_question": {"within": 2}}, *far) == "fine"

    def test_the_reason_says_which(self) -> None:
        """Turns are counted from 1."""
        found = said("repeated_question", turn(ASKED), turn("Hello there, friend"), turn(ASKED))
        assert found == Score(0, "repeated", "turn 3 asks what turn 1 asked (100% alike)")

    def test_one_turn_repeats_nothing(self) -> None:
        """So there is nothing to say of it."""
        assert said("repeated_question", turn(ASKED)) is None


class TestAbandoned:
    """How the last turn went."""

    @pytest.mark.parametrize(
        ("last", "expected"),
        [
            (turn("And then?", is_failed=True), "failed"),
            (turn("And then?", " "), "unanswered"),
            (turn(ASKED), "repeated"),
            (turn("And to Sweden?"), "fine"),
        ],
    )
    def test_by_the_last_turn(self, last: Turn[object], expected: str) -> None:
        """It failed, has no answer, asks again, or was fine."""
        found = said("abandoned", turn(ASKED), last)
        assert found is not None
        assert (found.label, found.value) == (expected, float(expected == "fine"))

    def test_what_went_wrong_before_does_not_count(self) -> None:
        """The user stayed."""
        assert label("abandoned", turn(ASKED, is_failed=True), turn("And to Sweden?")) == "fine"

    def test_no_turn_no_score(self) -> None:
        """There is nothing to look at."""
        assert said("abandoned") is None


class TestResolved:
    """A sign that the user was content, or no sign that they were not."""

    @pytest.mark.parametrize(
        ("last", "expected", "value"),
        [
            (turn("Thanks a lot!", "You're welcome."), "confirmed", 1),
            (turn("Vielen Dank, das hat geholfen", ""), "confirmed", 1),
            (turn("And to Sweden?"), "answered", 1),
            (turn("That doesn't work", "Sorry."), "complained", 0),
            (turn("No thanks", "Bye."), "complained", 0),
            (turn("That doesn\u2019t help me, thanks", "Sorry."), "complained", 0),
            (turn(ASKED), "repeated", 0),
            (turn("Well?", ""), "unanswered", 0),
            (turn("Well?", is_failed=True), "failed", 0),
            (turn("Can you do it?", "I'm sorry, but I can't help with that."), "refused", 0),
        ],
    )
    def test_by_the_last_turn(self, last: Turn[object], expected: str, value: float) -> None:
        """Its label says what it showed."""
        found = said("resolved", turn(ASKED), last)
        assert found is not None
        assert (found.label, found.value) == (expected, value)

    def test_thanks_in_a_long_text_are_no_sign(self) -> None:
        """It is about something else."""
        assert label("resolved", turn("Write to my aunt to say thanks. " * 20)) == "answered"


class TestTranscript:
    """What a judge reads."""

    def test_turns_are_numbered_and_failures_said(self) -> None:
        """What was not said is said not to have been."""
        assert transcript([turn("One?", "1"), turn("Two?", "", is_failed=True)]) == (
            "[1] user:\n    One?\n[1] assistant:\n    1\n"
            "[2] user:\n    Two?\n[2] assistant (this turn failed):\n    (nothing)"
        )

    @given(st.text(), st.text())
    def test_nobody_can_say_a_turn(self, asked: str, answered: str) -> None:
        """Only the numbered lines begin at the margin, whatever was said."""
        lines = transcript([turn(asked, answered)]).split("\n")
        assert [line for line in lines if not line.startswith("    ")] == ["[1] user:", "[1] assistant:"]


def test_they_are_for_sessions_only() -> None:
    """A rule of another scope is told so."""
    assert builtin_of("resolved").scopes == ("session",)
