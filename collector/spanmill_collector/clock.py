"""Receive times: when a request came in, and at the same time what it is found by again."""

import time
from collections.abc import Callable
from typing import Final

COLLECTORS: Final = 64
"""The last digits, to this base, of a receive time are its collector's number: a fraction of a microsecond."""


_AHEAD_NS: Final = 1_000_000
"""A time that was given lies no further ahead than this, unless the clock was set back."""


class ReceiveClock:
    """
    Gives the time, never the same one twice in a row, and never one that another collector of the fleet gives.

    Only a clock that is set back by hand can repeat a time, and then only by chance.
    """

    def __init__(self, number: int, now_ns: Callable[[], int] = time.time_ns) -> None:
        self._slot = number % COLLECTORS
        self._now_ns = now_ns
        self._last_ns = 0

    def __call__(self) -> int:
        """The receive time of a request that comes in now, in nanoseconds since 1970."""
        ns = self._now_ns() // COLLECTORS * COLLECTORS + self._slot
        is_taken = ns <= self._last_ns < ns + _AHEAD_NS
        self._last_ns = self._last_ns + COLLECTORS if is_taken else ns
        return self._last_ns
