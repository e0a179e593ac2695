"""
How well a rule agrees with people about what is bad: Cohen's kappa, F1, sensitivity and specificity, with intervals.

Sensitivity and specificity are shares, with Wilson's interval. So is F1 in disguise: F1 = 2 J / (1 + J), where J is the
share of what both call bad among what either does, so the ends of its interval are those of J. Kappa has no such form:
its interval holds 95 % of what it comes to when the four cells are drawn from their posterior under Jeffreys' prior
(Basu, Banerjee, Sen: Bayesian inference for kappa, Biometrics 56, 2000), which unlike the usual normal interval is not
of no length where nobody disagreed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Self

from spanmill_store.estimates import CONFIDENCE
from spanmill_store.proportions import UNKNOWN, Measure, share

_DRAWS: Final = 20_000
_SEED: Final = 1
"""The same counts give the same interval, always."""

_JEFFREYS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often people and the rule called the same things good or bad; people call bad what is *found* or *missed*."""

    found: int
    missed: int
    false_alarms: int
    cleared: int

    @classmethod
    def of(cls, pairs: Iterable[tuple[bool, bool]]) -> Self:
        """Count *pairs*: whether people call it bad, and whether the rule does."""
        counts = {(True, True): 0, (True, False): 0, (False, True): 0, (False, False): 0}
        for pair in pairs:
            counts[pair] += 1
        return cls(*counts.values())

    @property
    def bad(self) -> int:
        """What people call bad."""
        return self.found + self.missed

    @property
    def good(self) -> int:
        """What people call good."""
        return self.false_alarms + self.cleared

    @property
    def count(self) -> int:
        """All of it."""
        return self.bad + self.good


@dataclass(frozen=True, slots=True)
class Agreement:
    """
    What `Confusion` comes to.

    Attributes:
        kappa: Agreement beyond chance: 1 is perfect, 0 what guessing with the same shares would give.
        f1: Harmonic mean of precision and recall of finding what is bad.
        sensitivity: Share of what people call bad that the rule calls bad.
        specificity: Share of what people call good that the rule calls good.
    """

    confusion: Confusion
    kappa: Measure
    f1: Measure
    sensitivity: Measure
    specificity: Measure


def agreement(confusion: Confusion) -> Agreement:
    """Return what *confusion* comes to; a measure of which it tells nothing is `UNKNOWN`."""
    return Agreement(
        confusion,
        kappa=_kappa(confusion),
        f1=_f1(confusion),
        sensitivity=share(confusion.found, confusion.bad),
        specificity=share(confusion.cleared, confusion.good),
    )


def _f1(of: Confusion) -> Measure:
    overlap = share(of.found, of.found + of.missed + of.false_alarms)
    if overlap.value is None or overlap.low is None or overlap.high is None:
        return UNKNOWN
    value, low, high = (2 * end / (1 + end) for end in (overlap.value, overlap.low, overlap.high))
    return Measure(value, low, high, of.count)


def _kappa(of: Confusion) -> Measure:
    """Unknown where people call all of it good, or all bad: agreement by chance is not told from any other then."""
    if not of.bad or not of.good:
        return UNKNOWN
    cells = (of.found, of.missed, of.false_alarms, of.cleared)
    value = float(_kappa_of(*(cell / of.count for cell in cells)))
    from scipy.stats import dirichlet  # noqa: PLC0415 - a second, which only those who count should pay
    from scipy.stats.mstats import mquantiles  # noqa: PLC0415 - the same

    drawn = dirichlet.rvs([cell + _JEFFREYS for cell in cells], size=_DRAWS, random_state=_SEED)
    tail = (1 - CONFIDENCE) / 2
    low, high = mquantiles(_kappa_of(*drawn.T), (tail, 1 - tail))
    return Measure(value, min(float(low), value), max(float(high), value), of.count)


def _kappa_of(found: Any, missed: Any, false_alarms: Any, cleared: Any) -> Any:
    """Kappa of shares of the four cells, numbers or arrays of them."""
    bad, called_bad = found + missed, found + false_alarms
    by_chance = bad * called_bad + (1 - bad) * (1 - called_bad)
    return (found + cleared - by_chance) / (1 - by_chance)
