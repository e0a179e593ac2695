"""The corrected share of what is bad: right on average, and in its interval as often as it says."""

import random
import statistics
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmill_store.agreement import Confusion
from spanmill_store.corrected_rate import corrected_rate
from spanmill_store.estimates import Sums, estimate
from spanmill_store.proportions import UNKNOWN

RUNS = 1000
"""Simulations: with a true coverage of 95 %, 93.6 to 96.4 % of them in 95 of 100 cases."""


def called(bad: int, good: int, probability: float = 1.0) -> Sums:
    """What a rule calls bad and good, each sampled with the same probability."""
    return Sums.of([(1.0, probability)] * bad + [(0.0, probability)] * good)


def test_a_known_interval() -> None:
    """By hand, with the paper's formulas: 300 of 1000 called bad, 45 of 50 and 95 of 100 seen as they are."""
    found = corrected_rate(called(300, 700), Confusion(found=45, missed=5, false_alarms=5, cleared=95))
    assert found.value == pytest.approx((0.3 + 0.95 - 1) / (0.9 + 0.95 - 1))
    assert found.low == pytest.approx(0.23397, abs=1e-4)
    assert found.high == pytest.approx(0.35493, abs=1e-4)
    assert found.count == 1000


def test_a_perfect_rule_needs_no_correction() -> None:
    """Where thousands of labels show no mistake, what is called bad is bad, and the interval is that of the share."""
    sums = called(100, 900)
    found, plain = corrected_rate(sums, Confusion(5000, 0, 0, 5000)), estimate(sums)
    assert plain is not None
    assert found.value == pytest.approx(plain.mean)
    assert found.low == pytest.approx(plain.low, abs=2e-3)
    assert found.high == pytest.approx(plain.high, abs=2e-3)


@pytest.mark.parametrize(
    ("sums", "labels"),
    [
        (called(0, 0), Confusion(5, 0, 0, 5)),
        (called(5, 5), Confusion(0, 0, 2, 5)),
        (called(5, 5), Confusion(5, 2, 0, 0)),
        (called(5, 5), Confusion(2, 2, 2, 2)),
        (called(5, 5), Confusion(1, 4, 3, 2)),
    ],
)
def test_what_tells_nothing_is_unknown(sums: Sums, labels: Confusion) -> None:
    """No scores, no labels of one side, or a rule that is no better than chance."""
    assert corrected_rate(sums, labels) == UNKNOWN


@given(
    st.lists(st.tuples(st.sampled_from([0.0, 1.0]), st.floats(0.01, 1)), min_size=1, max_size=60),
    st.builds(Confusion, *[st.integers(0, 60)] * 4),
)
def test_rates_stay_between_0_and_1(scores: Sequence[tuple[float, float]], labels: Confusion) -> None:
    """Whatever the samples say, and the estimate lies in its interval."""
    found = corrected_rate(Sums.of(scores), labels)
    if found.value is not None:
        assert found.low is not None
        assert found.high is not None
        assert 0 <= found.low <= found.value <= found.high <= 1


@given(st.integers(1, 99), st.integers(1, 60), st.integers(1, 60))
def test_fewer_labels_are_less_sure(bad: int, found: int, cleared: int) -> None:
    """The same shares from ten times as many labels give a shorter interval, which mistakes must be seen for."""
    few, many = (
        Confusion(3 * found, found, cleared, 3 * cleared),
        Confusion(30 * found, 10 * found, 10 * cleared, 30 * cleared),
    )
    sums = called(bad, 100 - bad)
    wide, narrow = corrected_rate(sums, few), corrected_rate(sums, many)
    assert wide.low is not None
    assert wide.high is not None
    assert narrow.low is not None
    assert narrow.high is not None
    assert narrow.high - narrow.low <= wide.high - wide.low + 1e-9


@pytest.mark.parametrize(
    ("rate", "sensitivity", "specificity", "labels"),
    [(0.1, 0.9, 0.95, 150), (0.3, 0.8, 0.9, 100), (0.2, 0.7, 0.85, 300), (0.5, 0.9, 0.7, 60)],
    ids=["rare", "fair", "weak judge", "few labels"],
)
@pytest.mark.parametrize("is_targeted", [False, True], ids=["simple", "errors oversampled"])
def test_the_truth_lies_in_the_interval(
    rate: float, sensitivity: float, specificity: float, labels: int, *, is_targeted: bool
) -> None:
    """In 93 to 97 of 100 cases, also where traces with errors, which are worse, are sampled ten times as often."""
    chance = random.Random(11)
    held, estimates = 0, []
    share_of_errors, of_errors = 0.2, min(0.9, 2 * rate)
    of_others = (rate - share_of_errors * of_errors) / (1 - share_of_errors)
    for _ in range(RUNS):
        scores = []
        for _ in range(1500):
            is_error = chance.random() < share_of_errors
            probability = (1.0 if is_error else 0.1) if is_targeted else 0.2
            if chance.random() < probability:
                is_bad = chance.random() < (of_errors if is_error else of_others)
                scores.append((float(chance.random() < (sensitivity if is_bad else 1 - specificity)), probability))
        found = corrected_rate(Sums.of(scores), _labelled(chance, labels, sensitivity, specificity))
        assert found.value is not None
        assert found.low is not None
        assert found.high is not None
        held += found.low <= rate <= found.high
        estimates.append(found.value)
    assert 0.93 <= held / RUNS <= 0.97
    assert statistics.fmean(estimates) == pytest.approx(rate, abs=0.015)


def _labelled(chance: random.Random, count: int, sensitivity: float, specificity: float) -> Confusion:
    """Labels, a third of them of what is bad."""
    bad = count // 3
    found = sum(chance.random() < sensitivity for _ in range(bad))
    cleared = sum(chance.random() < specificity for _ in range(count - bad))
    return Confusion(found, bad - found, count - bad - cleared, cleared)
