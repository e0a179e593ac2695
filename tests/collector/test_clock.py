"""Receive times tell requests apart."""

import time

import hypothesis.strategies as st
from hypothesis import given

from spanmill_collector.clock import COLLECTORS, ReceiveClock


@given(ticks=st.lists(st.integers(-2_000, 2_000), min_size=1, max_size=50), number=st.integers(1, COLLECTORS - 1))
def test_no_two_requests_have_the_same_time(ticks: list[int], number: int) -> None:
    """Also where the clock is coarse, stands still or is set back a little."""
    now_ns = 1_795_600_000_000_000_000

    def clock() -> int:
        nonlocal now_ns
        now_ns += ticks.pop() if ticks else 0
        return now_ns

    give = ReceiveClock(number, clock)
    given_ns = [give() for _ in range(100)]
    assert len(set(given_ns)) == 100
    assert {ns % COLLECTORS for ns in given_ns} == {number}


def test_collectors_of_a_fleet_give_different_times() -> None:
    """At the same moment."""
    assert len({ReceiveClock(number, lambda: 10**18)() for number in range(1, 9)}) == 8


def test_it_follows_a_clock_that_is_set_back() -> None:
    """An hour is not made up for by counting up from the future."""
    times = iter([3_600 * 10**9, 0, 1_000])
    give = ReceiveClock(0, lambda: next(times))
    assert [give(), give(), give()] == [3_600 * 10**9, 0, 960]


def test_it_gives_the_time() -> None:
    """To within a fraction of a microsecond."""
    before = time.time_ns()
    assert before - COLLECTORS <= ReceiveClock(1)() <= time.time_ns()
