"""How long to wait before a part that died is started again."""

import random
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class Backoff:
    """
    Delays that double from failure to failure, with jitter so that parts which died together do not come back together.

    Attributes:
        first_s: Longest delay after the first failure.
        cap_s: Longest delay of all.
        stable_s: A part that ran this long starts again from `first_s`.
        jitter: A number between 0 and 1; half of each delay hangs on it.
        failures: Failures since the part was last stable.
    """

    first_s: float = 0.5
    cap_s: float = 30.0
    stable_s: float = 60.0
    jitter: Callable[[], float] = random.random
    failures: int = 0

    def next_delay_s(self, lived_s: float) -> float:
        """Count a failure of a process that lived *lived_s*, and say how long to wait before the next start."""
        if lived_s >= self.stable_s:
            self.failures = 0
        # The exponent is bounded: a part that fails for a week must not make a number of 10 000 digits.
        longest_s = min(self.cap_s, self.first_s * 2.0 ** min(self.failures, 30))
        self.failures += 1
        return longest_s * (0.5 + self.jitter() / 2)
