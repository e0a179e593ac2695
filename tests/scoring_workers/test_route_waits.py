from hypothesis import given
from hypothesis import strategies as st

from spanmill_scoring.routes.deliverer import JITTER, LONGEST_WAIT_S, wait_after


def test_waits_double() -> None:
    """From ten seconds on."""
    assert [wait_after(attempts, 0.5) for attempts in (1, 2, 3)] == [10, 20, 40]


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_waits_are_neither_short_nor_long(attempts: int, chance: float) -> None:
    """A fifth more or less than they should be, and so of an hour at most."""
    assert 8 <= wait_after(attempts, chance) <= LONGEST_WAIT_S * (1 + JITTER)
    assert 1 - JITTER <= wait_after(attempts, chance) / wait_after(attempts, 0.5) <= 1 + JITTER
