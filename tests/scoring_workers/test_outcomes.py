import math
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmill_scoring import python_scorer
from spanmill_scoring.outcomes import NOTHING_TO_SAY, Failure, Score, Scores, outcome_of
from spanmill_scoring.python_source import ScorerNotFound
from spanmill_scoring.rules.python_scorers import PythonScorer
from spanmill_scoring.sampling import is_sampled, position
from spanmill_store.targets import Target, TargetId

TARGET = Target(TargetId("default", "t1"), "turn", "question", "answer", "", "hash", {}, ())


class TestOutcome:
    """What a scorer returns is a score, a failure, or nothing to say."""

    @pytest.mark.parametrize(
        ("returned", "score"),
        [
            (0.5, Score(0.5)),
            (1, Score(1.0)),
            (True, Score(1.0)),
            (False, Score(0.0)),
            (Decimal("0.25"), Score(0.25)),
            (Fraction(1, 2), Score(0.5)),
            ("refusal", Score(None, "refusal")),
            (Score(1, "good", "why"), Score(1.0, "good", "why")),
            ({"tone": "kind", "length": 3, "none": None}, Scores({"tone": Score(None, "kind"), "length": Score(3.0)})),
        ],
    )
    def test_numbers_bools_and_labels_are_scores(self, returned: object, score: Score | Scores) -> None:
        """What a scorer may return becomes a score with a finite value or a label."""
        assert outcome_of(returned) == score

    @pytest.mark.parametrize("returned", [None, "", Score(), {}, {"tone": None}])
    def test_nothing_is_no_score(self, returned: object) -> None:
        """A scorer may have nothing to say."""
        assert outcome_of(returned) == NOTHING_TO_SAY

    @pytest.mark.parametrize(
        "returned",
        [
            math.nan,
            math.inf,
            -math.inf,
            10**400,
            1j,
            object(),
            [],
            {1: 1},
            {"a b": 1},
            {"tone": [], "length": 1},
            {"tone": {"deep": 1}},
            {f"n{number}": 1 for number in range(51)},
            b"x",
            "x" * 300,
            datetime.now(UTC),
            Score(math.nan),
        ],
    )
    def test_nonsense_is_a_failure(self, returned: object) -> None:
        """Everything else is a failure with a reason, never a fake 0."""
        outcome = outcome_of(returned)
        assert isinstance(outcome, Failure)
        assert outcome.state == "scorer_error"
        assert "nonsense" in outcome.reason


class TestPythonScorer:
    """Users' functions are found, called, and contained."""

    def test_one_that_raises_does_not_touch_the_others(self) -> None:
        """A scorer that raises for one target fails that target, by name of the error."""

        def scorer(target: Target) -> float:
            return 1 / len(target.id.trace_id)

        empty = Target(TargetId("default", ""), "turn", "", "", "", "", {}, ())
        first, second = python_scorer.score(scorer, [empty, TARGET])
        assert first == Failure("scorer_error", "the scorer raised ZeroDivisionError: division by zero")
        assert second == Score(0.5)

    def test_is_found_beside_the_rules_and_may_import_its_neighbours(self, tmp_path: Path) -> None:
        """A module in the rules' folder wins over an installed one of that name."""
        (tmp_path / "json.py").write_text("from helper import VALUE\ndef score(target):\n    return VALUE\n")
        (tmp_path / "helper.py").write_text("VALUE = 0.75\n")
        assert python_scorer.load(PythonScorer(scorer="json:score"), tmp_path)(TARGET) == 0.75

    @pytest.mark.parametrize(
        ("source", "sentence"),
        [
            ("raise RuntimeError('no')", "fails when imported: RuntimeError: no"),
            ("score = 5", "cannot be called"),
            ("x = 5", "cannot be called"),
        ],
    )
    def test_that_cannot_be_loaded_is_one_sentence(self, tmp_path: Path, source: str, sentence: str) -> None:
        """A module that fails when imported is told by name."""
        (tmp_path / "scorers.py").write_text(source)
        with pytest.raises(ScorerNotFound, match=sentence):
            python_scorer.load(PythonScorer(scorer="scorers:score"), tmp_path)


class TestSampling:
    """A trace is in or out of a sample for ever."""

    @given(st.text(), st.floats(0, 1))
    def test_is_deterministic_and_monotone(self, trace_id: str, rate: float) -> None:
        """A trace has one place in [0, 1), and a higher rate keeps every trace of a lower one."""
        assert 0 <= position(trace_id) < 1
        assert is_sampled(trace_id, 1)
        assert not is_sampled(trace_id, 0)
        assert is_sampled(trace_id, rate) == (position(trace_id) < rate)

    def test_keeps_the_rate(self) -> None:
        """Of many traces, the given share is sampled, and a salt makes the choice another one."""
        ids = [f"{number:032x}" for number in range(20_000)]
        share = sum(is_sampled(trace_id, 0.2) for trace_id in ids) / len(ids)
        both = sum(is_sampled(t, 0.2) and is_sampled(t, 0.2, "x") for t in ids) / len(ids)
        assert 0.19 < share < 0.21
        assert 0.03 < both < 0.05
