"""
The noise floor of a scorer: how far its answers about the same things differ from one time to the next.

A difference between two sets of scores that is smaller than this may be nothing but the scorer's own chance.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from spanmill_store.proportions import Measure, share


@dataclass(frozen=True, slots=True)
class Repeat:
    """One answer: whether it calls the thing bad, and the value, None where only a label was given."""

    is_bad: bool
    value: float | None


@dataclass(frozen=True, slots=True)
class NoiseFloor:
    """
    How far answers differ.

    Attributes:
        flips: Share of things that were called good one time and bad another.
        deviation: Standard deviation of the values about one thing, pooled over all; None where no thing has two.
        answers: That all this comes from.
    """

    flips: Measure
    deviation: float | None
    answers: int


def noise_floor(things: Sequence[Sequence[Repeat]]) -> NoiseFloor:
    """Compare the answers about each of *things*; one that has fewer than two answers tells nothing and is left out."""
    repeated = [answers for answers in things if len(answers) > 1]
    flipped = sum(len({answer.is_bad for answer in answers}) > 1 for answers in repeated)
    return NoiseFloor(share(flipped, len(repeated)), _deviation(repeated), sum(len(answers) for answers in repeated))


def _deviation(things: Sequence[Sequence[Repeat]]) -> float | None:
    """Squared deviations from each thing's own mean, over their degrees of freedom."""
    valued = [[answer.value for answer in answers if answer.value is not None] for answers in things]
    freedom = sum(max(0, len(values) - 1) for values in valued)
    if not freedom:
        return None
    squares = chain.from_iterable(_squares(values) for values in valued)
    return math.sqrt(math.fsum(squares) / freedom)


def _squares(values: Sequence[float]) -> list[float]:
    if len(set(values)) < 2:
        return []
    mean = math.fsum(values) / len(values)
    return [(value - mean) ** 2 for value in values]
