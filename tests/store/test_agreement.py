"""Agreement with people: the textbook's numbers, and intervals that hold the truth as often as they say."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmill_store.agreement import Confusion, agreement
from spanmill_store.proportions import UNKNOWN, Measure, share

CELLS = st.builds(Confusion, *[st.integers(0, 60)] * 4)
RUNS = 500
"""Simulations: with a true coverage of 95 %, 93 to 97 % of them in 96 of 100 cases, and the seed is fixed."""


def number(measure: Measure) -> float:
    """The estimate, which has to be known."""
    assert measure.value is not None
    return measure.value


def holds(measure: Measure, truth: float) -> bool:
    """Whether the interval has the truth in it."""
    assert measure.low is not None
    assert measure.high is not None
    return measure.low <= truth <= measure.high


def test_a_known_table() -> None:
    """Of a textbook: 20 and 15 agreed upon, 5 and 10 not: kappa is 0.4."""
    found = agreement(Confusion(found=20, missed=5, false_alarms=10, cleared=15))
    assert number(found.kappa) == pytest.approx(0.4)
    assert number(found.f1) == pytest.approx(40 / 55)
    assert number(found.sensitivity) == pytest.approx(0.8)
    assert number(found.specificity) == pytest.approx(0.6)
    assert (found.sensitivity.count, found.specificity.count, found.kappa.count) == (25, 25, 50)


def test_a_known_interval() -> None:
    """Wilson's of 8 out of 10: from 0.490 to 0.943."""
    found = share(8, 10)
    assert found.low == pytest.approx(0.4901, abs=1e-4)
    assert found.high == pytest.approx(0.9433, abs=1e-4)
    assert share(0, 0) == UNKNOWN


def test_perfect_agreement_is_not_certain() -> None:
    """Of ten labels without a disagreement some doubt remains, in every measure."""
    found = agreement(Confusion(5, 0, 0, 5))
    for measure in (found.kappa, found.f1, found.sensitivity, found.specificity):
        assert (measure.value, measure.high) == (1.0, 1.0)
        assert measure.low is not None
        assert 0.3 < measure.low < 0.8


@given(CELLS)
def test_measures_stay_in_their_range(confusion: Confusion) -> None:
    """Each lies in its interval, and the interval where it may."""
    found = agreement(confusion)
    for measure, least in ((found.kappa, -1), (found.f1, 0), (found.sensitivity, 0), (found.specificity, 0)):
        if measure.value is not None:
            assert measure.low is not None
            assert measure.high is not None
            assert least <= measure.low <= measure.value <= measure.high <= 1


@given(CELLS)
def test_kappa_does_not_ask_who_is_who(confusion: Confusion) -> None:
    """It is the same when people and rule, or good and bad, change places."""
    kappa = agreement(confusion).kappa
    exchanged = Confusion(confusion.found, confusion.false_alarms, confusion.missed, confusion.cleared)
    turned = Confusion(confusion.cleared, confusion.false_alarms, confusion.missed, confusion.found)
    for other in (exchanged, turned):
        if kappa.value is not None and (again := agreement(other).kappa).value is not None:
            assert again.value == pytest.approx(kappa.value)


@pytest.mark.parametrize("confusion", [Confusion(0, 0, 0, 9), Confusion(9, 0, 0, 0), Confusion(0, 0, 3, 9)])
def test_labels_of_one_side_tell_nothing_of_kappa(confusion: Confusion) -> None:
    """Where people call everything good, agreement by chance looks like any other."""
    assert agreement(confusion).kappa == UNKNOWN


@pytest.mark.parametrize(
    ("bad", "sensitivity", "specificity", "labels"),
    [(0.5, 0.8, 0.9, 60), (0.3, 0.9, 0.9, 100), (0.3, 0.6, 0.8, 100), (0.2, 0.9, 0.95, 200)],
)
def test_the_truth_lies_in_the_intervals(bad: float, sensitivity: float, specificity: float, labels: int) -> None:
    """In 93 to 97 of 100 cases."""
    chance = random.Random(5)
    called = bad * sensitivity + (1 - bad) * (1 - specificity)
    agreed = bad * sensitivity + (1 - bad) * specificity
    by_chance = bad * called + (1 - bad) * (1 - called)
    precision = bad * sensitivity / called
    truths = {
        "kappa": (agreed - by_chance) / (1 - by_chance),
        "f1": 2 * precision * sensitivity / (precision + sensitivity),
    }
    held = dict.fromkeys(truths, 0)
    for _ in range(RUNS):
        found = agreement(Confusion.of(_labelled(chance, bad, sensitivity, specificity) for _ in range(labels)))
        for name, truth in truths.items():
            held[name] += holds(getattr(found, name), truth)
    assert {name: count / RUNS for name, count in held.items() if not 0.93 <= count / RUNS <= 0.97} == {}


def _labelled(chance: random.Random, bad: float, sensitivity: float, specificity: float) -> tuple[bool, bool]:
    is_bad = chance.random() < bad
    return is_bad, chance.random() < (sensitivity if is_bad else 1 - specificity)
