"""Shares of what was counted, each with Wilson's interval (1927), which stays between 0 and 1 and right for few."""

from dataclasses import dataclass
from typing import Final

from spanmill_store.estimates import CONFIDENCE


@dataclass(frozen=True, slots=True)
class Measure:
    """
    A number that was estimated from a count of things.

    Attributes:
        value: The estimate; None where the count tells nothing of it.
        low, high: The interval in which the truth lies with `CONFIDENCE`; None like the value.
        count: Of how many things.
    """

    value: float | None
    low: float | None
    high: float | None
    count: int


UNKNOWN: Final = Measure(None, None, None, 0)


def share(hits: int, count: int) -> Measure:
    """Estimate the share of *hits* among *count*; nothing is known where nothing was counted."""
    if not count:
        return UNKNOWN
    from scipy.stats import binomtest  # noqa: PLC0415 - a second, which only those who count should pay

    interval = binomtest(hits, count).proportion_ci(confidence_level=CONFIDENCE, method="wilson")
    # Rounding may put an end on the wrong side of the share, by a last digit.
    value = hits / count
    return Measure(value, min(float(interval.low), value), max(float(interval.high), value), count)
