"""The noise floor: how far answers about the same things differ."""

import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmill_store.proportions import UNKNOWN
from spanmill_store.repeats import NoiseFloor, Repeat, noise_floor

ANSWERS = st.builds(Repeat, st.booleans(), st.none() | st.floats(0, 1))


def of(*values: float) -> list[Repeat]:
    """Answers about one thing; below one half is bad."""
    return [Repeat(value < 0.5, value) for value in values]


def test_known_numbers() -> None:
    """One thing of four flips; the deviation is that about each thing's own mean."""
    floor = noise_floor([of(1, 1, 1), of(0, 0, 0), of(1, 0, 1), of(0.8, 0.8, 0.8)])
    assert floor.flips.value == 0.25
    assert floor.deviation == pytest.approx((2 / 3 / 8) ** 0.5)
    assert floor.answers == 12


def test_what_was_asked_once_tells_nothing() -> None:
    """Of things with one answer, or none, no noise is seen."""
    assert noise_floor([of(1), []]) == NoiseFloor(UNKNOWN, None, 0)


@given(st.lists(st.lists(ANSWERS, max_size=5), max_size=20), st.randoms())
def test_the_order_says_nothing(things: list[list[Repeat]], chance: random.Random) -> None:
    """Neither of the things nor of the answers about one."""
    shuffled = [chance.sample(answers, len(answers)) for answers in chance.sample(things, len(things))]
    floor, again = noise_floor(things), noise_floor(shuffled)
    assert (again.flips, again.answers) == (floor.flips, floor.answers)
    assert again.deviation == pytest.approx(floor.deviation)


@given(st.lists(st.tuples(ANSWERS, st.integers(2, 5)), min_size=1, max_size=20))
def test_a_scorer_that_repeats_itself_has_no_noise(things: list[tuple[Repeat, int]]) -> None:
    """However different its answers about different things are."""
    floor = noise_floor([[answer] * times for answer, times in things])
    assert floor.flips.value == 0
    assert not floor.deviation


def test_the_deviation_is_that_of_the_scorer() -> None:
    """It is found again, though the things differ far more than the answers about one."""
    chance = random.Random(2)
    found = [
        noise_floor([of(*(middle + chance.gauss(0, 0.05) for _ in range(3))) for middle in (0.2, 0.9) * 10]).deviation
        for _ in range(300)
    ]
    assert statistics.fmean(one for one in found if one is not None) == pytest.approx(0.05, rel=0.02)
