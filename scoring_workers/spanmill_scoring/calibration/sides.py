"""What a rule calls good and what bad, and which of two verdicts is the better one."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from spanmill_scoring.outcomes import Score
from spanmill_scoring.rules.model import Flag, Rule
from spanmill_store.errors import SpanmillError
from spanmill_store.instruments import Bad

_EXACT = 1e-9


class NoSides(SpanmillError):
    """A rule does not say which of its scores are bad."""


@dataclass(frozen=True, slots=True)
class Sides:
    """
    The two sides of a rule's scores.

    Attributes:
        flag: Which are bad.
        ascent: 1 where more is better, -1 where less is, 0 where that is not known.
        values: Of labels, where a judge's choices give them some.
    """

    flag: Flag
    ascent: int
    values: Mapping[str, float] = field(hash=False)

    @classmethod
    def of(cls, rule: Rule) -> Self:
        """
        Take what the rule's flag calls bad; of a judge without one, what lies below the middle of its values.

        Raises:
            NoSides: There is no flag, and no choices that differ.
        """
        choices = rule.judge.values if rule.judge is not None else {}
        if rule.flag is not None:
            return cls(rule.flag, _ascent(rule.flag, choices), choices)
        if rule.judge is None or (choices and len(set(choices.values())) == 1):
            raise NoSides(f"Rule {rule.name!r} does not say which scores are bad: give it a flag.")
        return cls(Flag(below=rule.judge.middle), 1, choices)

    @property
    def bad(self) -> Bad:
        """The same for the store."""
        below = -math.inf if self.flag.below is None else self.flag.below
        above = math.inf if self.flag.above is None else self.flag.above
        return Bad(below, above, self.flag.labels)

    def is_bad(self, value: float | None, label: str) -> bool:
        """Whether a score is bad; a label alone has its value, and a value alone its label, by the choices."""
        value = self.values.get(label) if value is None else value
        is_known = label in self.values or label in self.flag.labels
        of_value = [name for name, of_choice in self.values.items() if of_choice == value]
        return any(self.flag.holds(value, name) for name in ([label] if is_known else of_value or [label]))

    def knows(self, value: float | None, label: str) -> bool:
        """Whether the rule says anything of such a score: a flag of labels does not of values between choices."""
        if label in self.values or label in self.flag.labels:
            return True
        is_measured = self.flag.below is not None or self.flag.above is not None
        return value is not None and (is_measured or value in self.values.values())

    def is_better(self, score: Score, than: Score) -> bool:
        """Whether *score* is nearer to good: on the other side, or on the same one with a better value."""
        is_bad, was_bad = self.is_bad(score.value, score.label), self.is_bad(than.value, than.label)
        if is_bad != was_bad:
            return was_bad
        return self._climbed(score, than) > _EXACT

    def is_other(self, score: Score, than: Score) -> bool:
        """Whether the two are different verdicts: of other sides, labels or values."""
        if self.is_bad(score.value, score.label) != self.is_bad(than.value, than.label):
            return True
        return score.label != than.label or abs((score.value or 0.0) - (than.value or 0.0)) > _EXACT

    def _climbed(self, score: Score, than: Score) -> float:
        if score.value is None or than.value is None:
            return 0.0
        return self.ascent * (score.value - than.value)


def _ascent(flag: Flag, choices: Mapping[str, float]) -> int:
    """By the end that the flag names; where it names labels, by the values that a judge's choices give them."""
    if (flag.below is None) != (flag.above is None):
        return 1 if flag.above is None else -1
    if flag.above is not None:
        return 0
    bad = [value for label, value in choices.items() if flag.holds(value, label)]
    good = [value for label, value in choices.items() if not flag.holds(value, label)]
    if not bad or not good:
        return 0
    return (max(bad) < min(good)) - (min(bad) > max(good))
