"""
How much is really bad, from how much a rule calls bad and from how well it was seen to tell good from bad.

The estimate is Rogan and Gladen's (Am. J. Epidemiology 107, 1978): of a share p called bad, by a rule of sensitivity
Se and specificity Sp, (p + Sp - 1) / (Se + Sp - 1) is bad. The interval is Lang and Reiczigel's (Confidence limits for
prevalence of disease adjusted for estimated sensitivity and specificity, Preventive Veterinary Medicine 113, 2014),
which knows that all three are estimates. The share comes from a sample with unequal chances, so for its size stands
the size of a simple sample that would be as exact. It needs the labels to be independent of the traffic that is
corrected, and to have been chosen without regard to what the rule said of them.
"""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

from spanmill_store.agreement import Confusion
from spanmill_store.estimates import CONFIDENCE, Sums, binomial_size
from spanmill_store.proportions import UNKNOWN, Measure

_Z: Final = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)


@dataclass(frozen=True, slots=True)
class _Rates:
    """Shares and the numbers that they come from: called bad, sensitivity and specificity."""

    called: float
    size: float
    sensitivity: float
    bad: float
    specificity: float
    good: float

    @property
    def power(self) -> float:
        """Youden's index: 1 tells good from bad always, 0 not at all."""
        return self.sensitivity + self.specificity - 1

    @property
    def true(self) -> float:
        """Rogan and Gladen's estimate."""
        return (self.called + self.specificity - 1) / self.power

    @property
    def variance_of_sensitivity(self) -> float:
        return self.sensitivity * (1 - self.sensitivity) / self.bad

    @property
    def variance_of_specificity(self) -> float:
        return self.specificity * (1 - self.specificity) / self.good

    @property
    def variance(self) -> float:
        """Of the estimate, by the delta method."""
        called = self.called * (1 - self.called) / self.size
        of_sensitivity = self.true**2 * self.variance_of_sensitivity
        of_specificity = (1 - self.true) ** 2 * self.variance_of_specificity
        return (called + of_sensitivity + of_specificity) / self.power**2

    @property
    def shifted(self) -> "_Rates":
        """With some made-up ones added to each sample, half of them on either side, so that nothing is certain."""
        square = _Z**2
        return _Rates(
            called=(self.size * self.called + square / 2) / (self.size + square),
            size=self.size + square,
            sensitivity=(self.bad * self.sensitivity + 1) / (self.bad + 2),
            bad=self.bad + 2,
            specificity=(self.good * self.specificity + 1) / (self.good + 2),
            good=self.good + 2,
        )


def corrected_rate(called_bad: Sums, labels: Confusion) -> Measure:
    """
    Estimate the share of all traffic that is bad.

    Args:
        called_bad: Of the rule's scores: 1 for each that calls its target bad, else 0.
        labels: What the rule called what people had called good or bad.

    Returns:
        `UNKNOWN` where there are no scores, no labels of one of the two kinds, or where the rule told good from bad no
        better than chance: then its share says nothing.
    """
    if not called_bad.count or not labels.bad or not labels.good:
        return UNKNOWN
    seen = _Rates(
        called=called_bad.wy / called_bad.w,
        size=binomial_size(called_bad),
        sensitivity=labels.found / labels.bad,
        bad=labels.bad,
        specificity=labels.cleared / labels.good,
        good=labels.good,
    )
    if seen.power <= 0:
        return UNKNOWN
    low, high = _interval(seen.shifted)
    value = _clipped(seen.true)
    return Measure(value, min(low, value), max(high, value), called_bad.count)


def _interval(rates: _Rates) -> tuple[float, float]:
    if rates.power <= 0:
        return 0.0, 1.0
    shift = rates.true * rates.variance_of_sensitivity - (1 - rates.true) * rates.variance_of_specificity
    middle = rates.true + 2 * _Z**2 * shift
    half = _Z * rates.variance**0.5
    return _clipped(middle - half), _clipped(middle + half)


def _clipped(rate: float) -> float:
    return min(1.0, max(0.0, rate))
