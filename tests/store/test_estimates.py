"""Means of samples: right on average, and in their interval as often as they say."""

import math
import random
import statistics
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmill_store.estimates import Estimate, Sums, estimate

Score = tuple[float, float]
RUNS = 1000
"""Simulations: with a true coverage of 95 %, 93.6 to 96.4 % of them in 95 of 100 cases."""


def mean_of(scores: Sequence[Score]) -> Estimate:
    """Of values and probabilities."""
    found = estimate(Sums.of(scores))
    assert found is not None
    return found


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=50))
def test_of_everything_the_mean_is_the_mean(values: list[float]) -> None:
    """Where each target was sampled for certain, with Student's interval."""
    found = mean_of([(value, 1.0) for value in values])
    assert found.mean == pytest.approx(statistics.fmean(values), abs=1e-6)
    assert found.effective == pytest.approx(len(values))
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.mean + 1e-6
    assert found.high >= found.mean - 1e-6


def test_a_known_interval() -> None:
    """Of a textbook: 9 values with mean 5 and deviation 2 lie within 5 ± 2.306 · 2/3."""
    values = [5 + 2 * math.sqrt(8 / 6) * step for step in (-1, -1, -1, 0, 0, 0, 1, 1, 1)]
    found = mean_of([(value, 1.0) for value in values])
    assert statistics.stdev(values) == pytest.approx(2)
    assert found.low == pytest.approx(5 - 2.306 * 2 / 3, abs=1e-3)
    assert found.high == pytest.approx(5 + 2.306 * 2 / 3, abs=1e-3)


def test_proportions_stay_in_their_range() -> None:
    """Of ten good ones out of ten, some may still be bad."""
    found = mean_of([(1.0, 0.5)] * 10)
    assert (found.mean, found.high) == (1.0, 1.0)
    assert found.low is not None
    assert 0.6 < found.low < 0.75


def test_of_one_score_there_is_no_interval() -> None:
    """And of none no mean."""
    assert mean_of([(0.5, 0.1)]) == Estimate(0.5, None, None, 1, 1.0)
    assert estimate(Sums.of([])) is None


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0.01, 1)), min_size=2), st.floats(0.1, 1))
def test_only_ratios_of_probabilities_matter(scores: list[Score], factor: float) -> None:
    """As many times less likely all around is the same mean."""
    found, thinner = mean_of(scores), mean_of([(value, probability * factor) for value, probability in scores])
    assert thinner.mean == pytest.approx(found.mean)
    assert thinner.effective == pytest.approx(found.effective)


def bernoulli(probability: float) -> Callable[[random.Random], float]:
    """Good or bad."""
    return lambda chance: float(chance.random() < probability)


def graded(middle: float) -> Callable[[random.Random], float]:
    """Some number from 0 to 1."""
    return lambda chance: chance.betavariate(4 * middle, 4 * (1 - middle))


@pytest.mark.parametrize("kind", [bernoulli, graded], ids=["good or bad", "graded"])
@pytest.mark.parametrize(("rate", "failing"), [(0.02, 0.4), (0.05, 1.0)], ids=["2 % and 40 %", "5 % and all"])
def test_the_truth_lies_in_the_interval(
    kind: Callable[[float], Callable[[random.Random], float]], rate: float, failing: float
) -> None:
    """In 93 to 97 of 100 cases, though failures are sampled twenty times as often and score far lower."""
    chance = random.Random(7)
    held, means, truths = 0, [], []
    good, bad = kind(0.9), kind(0.3)
    for _ in range(RUNS):
        total, count, sampled = 0.0, 3000, list[Score]()
        for number in range(count):
            is_failure = number % 25 == 0
            value = (bad if is_failure else good)(chance)
            total += value
            probability = failing if is_failure else rate
            if chance.random() < probability:
                sampled.append((value, probability))
        found = mean_of(sampled)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= total / count <= found.high
        means.append(found.mean)
        truths.append(total / count)
    assert 0.93 <= held / RUNS <= 0.97
    assert statistics.fmean(means) == pytest.approx(statistics.fmean(truths), abs=0.003)
