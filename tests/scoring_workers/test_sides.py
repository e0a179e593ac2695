"""What a rule calls good and what bad, in each of the ways in which it can say so."""

from typing import Any

import pytest

from spanmill_scoring.calibration.items import is_as_expected, items_of_cases
from spanmill_scoring.calibration.sides import NoSides, Sides
from spanmill_scoring.outcomes import Score
from spanmill_scoring.rules.model import Rule

GRADES = {"poor": 0.0, "fair": 0.5, "fine": 1.0}


def sides(choices: dict[str, float] | None = None, **more: Any) -> Sides:
    """Of a judge with these choices, or else of a scorer in Python."""
    judge = {"model": "m", "rubric": "{{output}}", "choices": choices}
    scorer: dict[str, Any] = {"judge": judge} if choices else {"python": "scorers:score"}
    return Sides.of(Rule.model_validate({"name": "r", **scorer, **more}))


@pytest.mark.parametrize(
    ("found", "bad"),
    [
        (sides(GRADES), {"poor"}),
        (sides({"a": 1, "b": 5, "c": 2}), {"a", "c"}),
        (sides(GRADES, flag={"below": 1}), {"poor", "fair"}),
        (sides(GRADES, flag={"labels": ["fair"]}), {"fair"}),
        (sides({"safe": 0, "harm": 3}, flag={"above": 1}), {"harm"}),
    ],
)
def test_a_verdict_has_a_side(found: Sides, bad: set[str]) -> None:
    """By the flag, or by the middle of the choices; it is the same for the label, its value, and both."""
    for label, value in found.values.items():
        for score in ((value, label), (None, label), (value, ""), (value, "thumbs")):
            assert found.is_bad(*score) == (label in bad), score
            assert found.knows(*score)


def test_what_the_rule_says_nothing_of() -> None:
    """A flag of labels knows its labels and the values of the choices; one of numbers every number."""
    by_label = sides(GRADES, flag={"labels": ["poor"]})
    assert not by_label.knows(0.7, "")
    assert not by_label.knows(None, "hm")
    assert sides(GRADES, flag={"below": 0.5}).knows(0.7, "hm")


def test_better_is_nearer_to_good() -> None:
    """On the other side, or on the same one by the value, in the direction in which the rule goes."""
    up, down = sides(GRADES, flag={"below": 1}), sides({"safe": 0, "odd": 2, "harm": 3}, flag={"above": 1})
    assert up.is_better(Score(0.5, "fair"), than=Score(0.0, "poor"))
    assert not up.is_better(Score(0.0, "poor"), than=Score(0.0, "poor"))
    assert down.is_better(Score(2, "odd"), than=Score(3, "harm"))
    assert not down.is_better(Score(3, "harm"), than=Score(2, "odd"))
    assert sides(flag={"labels": ["lie"]}).is_better(Score(None, "fine"), than=Score(None, "lie"))
    assert up.is_other(Score(0.5, "fair"), than=Score(0.0, "poor"))
    assert not up.is_other(Score(0.5, "fair", "so"), than=Score(0.5, "fair", "thus"))


@pytest.mark.parametrize(
    ("expect", "score", "is_right"),
    [
        ("good", Score(1.0, "fine"), True),
        ("good", Score(0.0, "poor"), False),
        ("bad", Score(0.0, "poor"), True),
        ("poor", Score(0.0, "poor"), True),
        ("poor", Score(0.5, "fair"), False),
        (0.5, Score(0.5, "fair"), True),
        (1, Score(0.5, "fair"), False),
    ],
)
def test_a_case_expects_a_side_a_label_or_a_value(expect: str | float, score: Score, *, is_right: bool) -> None:
    """And it is known on which side it stands."""
    found = sides(GRADES)
    rule = Rule.model_validate(
        {
            "name": "r",
            "judge": {"model": "m", "rubric": "{{output}}", "choices": GRADES},
            "cases": [{"output": "x", "expect": expect}],
        }
    )
    [item] = items_of_cases(rule.cases, found)
    assert item.is_bad == (expect in ("bad", "poor"))
    assert item.case is not None
    assert is_as_expected(score, item.case, found) == is_right


@pytest.mark.parametrize("choices", [None, {"a": 1.0, "b": 1.0}])
def test_a_rule_without_sides_says_so(choices: dict[str, float] | None) -> None:
    """Without a flag, and with choices that are worth the same, nobody knows what is bad."""
    with pytest.raises(NoSides, match="give it a flag"):
        sides(choices)
