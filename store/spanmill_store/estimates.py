"""
Means of scores over all traffic, from the part of it that was sampled, each with an interval.

A score that was sampled with probability p stands for 1/p targets. The mean is Hájek's: weighted values over weights.
Its variance is that of a ratio, linearized (Särndal, Swensson, Wretman: Model Assisted Survey Sampling, 1992, 5.7),
without a correction for finite traffic, so that it tells of the application and not only of these days. Proportions
get Wilson's interval at the effective sample size (Korn and Graubard, 1998), for near 0 and 1 the usual one leaves the
range and is too short; other values Student's at its degrees of freedom. Computed from sums of squares, a deviation is
exact down to a ten-millionth of the mean.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, Final, Self

CONFIDENCE: Final = 0.95


@dataclass(frozen=True, slots=True)
class Sums:
    """
    What a mean needs to know of scores y with weights w = 1/p; sums of two parts of them add up.

    Attributes:
        count: Scores.
        w, ww, wy, wwy, wwyy: Sums of w, w², wy, w²y and w²y².
        is_binary: Whether every y is 0 or 1.
    """

    count: int
    w: float
    ww: float
    wy: float
    wwy: float
    wwyy: float
    is_binary: bool

    @classmethod
    def of(cls, scores: Iterable[tuple[float, float]]) -> Self:
        """Sum up *scores*, each a value and the probability with which it was sampled."""
        pairs = [(value, 1 / probability) for value, probability in scores]
        return cls(
            count=len(pairs),
            w=math.fsum(weight for _, weight in pairs),
            ww=math.fsum(weight**2 for _, weight in pairs),
            wy=math.fsum(weight * value for value, weight in pairs),
            wwy=math.fsum(weight**2 * value for value, weight in pairs),
            wwyy=math.fsum((weight * value) ** 2 for value, weight in pairs),
            is_binary=all(value in (0, 1) for value, _ in pairs),
        )

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Self:
        """Take the columns of a query that are called like the fields."""
        return cls(**{field.name: row[field.name] for field in fields(cls)})


@dataclass(frozen=True, slots=True)
class Estimate:
    """
    A mean over all traffic.

    Attributes:
        mean: The estimate.
        low, high: The interval in which the truth lies with `CONFIDENCE`; None where one score tells nothing of it.
        count: Scores that it comes from.
        effective: As many scores of a simple sample would tell as much: fewer the more the weights differ.
    """

    mean: float
    low: float | None
    high: float | None
    count: int
    effective: float


def estimate(sums: Sums) -> Estimate | None:
    """Estimate the mean of *sums*, None where there is no score."""
    if not sums.count:
        return None
    mean = sums.wy / sums.w
    kish = sums.w**2 / sums.ww
    if sums.count == 1:
        return Estimate(mean, None, None, 1, 1.0)
    if sums.is_binary:
        low, high = _wilson(mean, binomial_size(sums), kish)
    else:
        low, high = _student(mean, _variance(sums, mean), kish)
    return Estimate(mean, low, high, sums.count, kish)


def binomial_size(sums: Sums) -> float:
    """As many scores of a simple sample would give this proportion as exactly; where all are equal, Kish's number."""
    mean = sums.wy / sums.w
    kish = sums.w**2 / sums.ww
    variance = _variance(sums, mean) if sums.count > 1 else 0.0
    return mean * (1 - mean) / variance if variance > 0 and 0 < mean < 1 else kish


def _variance(sums: Sums, mean: float) -> float:
    """Of the weighted mean: w² times squared deviations over the squared sum of w, for one degree of freedom less."""
    squares = max(0.0, sums.wwyy - 2 * mean * sums.wwy + mean**2 * sums.ww)
    return squares / sums.w**2 * sums.count / (sums.count - 1)


def _student(mean: float, variance: float, kish: float) -> tuple[float, float]:
    half = _quantile(kish - 1) * math.sqrt(variance)
    return mean - half, mean + half


def _wilson(mean: float, size: float, kish: float) -> tuple[float, float]:
    """Wilson's interval for a simple sample that would be as exact."""
    square = _quantile(kish - 1) ** 2
    middle = (mean + square / (2 * size)) / (1 + square / size)
    half = math.sqrt(square * (mean * (1 - mean) / size + square / (4 * size**2))) / (1 + square / size)
    return max(0.0, middle - half), min(1.0, middle + half)


def _quantile(degrees: float) -> float:
    """Of Student's distribution, for an interval with `CONFIDENCE`."""
    from scipy.special import stdtrit  # noqa: PLC0415 - a fifth of a second, which only means should pay

    return float(stdtrit(max(1.0, degrees), (1 + CONFIDENCE) / 2))
