"""The alert of a rule: which mean of its scores is too high or too low, and when that is said."""

import re
from typing import Annotated, Final, Self

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from spanmill_scoring.rules.strict import Strict
from spanmill_store.alert_states import Measure

MIN_S: Final = 60.0
MAX_S: Final = 30 * 86_400.0

_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd])")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def seconds_of(text: object) -> float:
    """
    Return the seconds that *text* means, for example ``90s``, ``30m``, ``1.5h`` or ``2d``.

    Raises:
        ValueError: It is not such a duration.
    """
    found = _DURATION.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f"{text!r} is no duration: write a number and s, m, h or d, such as 30m")
    return float(found[1]) * _SECONDS[found[2]]


def duration_of(seconds: float) -> str:
    """Return how a duration is written, in the largest unit that it is whole in."""
    unit = next((name for name in "dhm" if seconds >= _SECONDS[name] and seconds % _SECONDS[name] == 0), "s")
    return f"{seconds / _SECONDS[unit]:g}{unit}"


Duration = Annotated[float, BeforeValidator(seconds_of), PlainSerializer(duration_of)]


class Alert(Strict):
    """
    When the mean of a rule's scores over all traffic, or the share of what it flags, is bad.

    Durations are seconds once they are read.
    """

    of: Measure = Field(default="mean", description="mean of the values, or share of what is flagged.")
    above: float | None = Field(default=None, description="Bad is more than this.")
    below: float | None = Field(default=None, description="Bad is less than this.")
    clear: float | None = Field(default=None, description="Good again is at most (least) this; default: the threshold.")
    over: Duration = Field(default=3600.0, description="Over the last so long.")
    min_count: int = Field(default=10, ge=1, description="Of fewer scores nothing is concluded.")
    no_data: Duration | None = Field(default=None, description="No score for so long is told as well.")
    renotify: Duration | None = Field(default=None, description="Told again so long after the last time.")

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if (self.above is None) == (self.below is None):
            raise ValueError("alert needs exactly one of above and below")
        for name in ("over", "no_data", "renotify"):
            seconds = getattr(self, name)
            if seconds is not None and not MIN_S <= seconds <= MAX_S:
                raise ValueError(f"{name} is {duration_of(seconds)}: from {duration_of(MIN_S)} to {duration_of(MAX_S)}")
        if self.clear is not None and self._is_beyond(self.clear):
            side = "at most above" if self.above is not None else "at least below"
            raise ValueError(f"clear is {self.clear:g}, where the alert would fire again at once: it has to be {side}")
        return self

    def fires(self, value: float) -> bool:
        """Whether *value* is bad."""
        return self._is_beyond(value)

    def clears(self, value: float) -> bool:
        """Whether *value* is good again, after it was bad."""
        if self.clear is None:
            return not self._is_beyond(value)
        return value <= self.clear if self.above is not None else value >= self.clear

    @property
    def threshold(self) -> str:
        """The condition in words."""
        return f"above {self.above:g}" if self.above is not None else f"below {self.below:g}"

    def _is_beyond(self, value: float) -> bool:
        if self.above is not None:
            return value > self.above
        return self.below is not None and value < self.below
