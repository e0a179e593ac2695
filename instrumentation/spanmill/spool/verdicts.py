"""What a collector's answer means for a batch, and when a collector that did not answer is asked again."""

import time
from collections.abc import Callable
from enum import Enum, auto
from typing import Final, Protocol

MIN_PAUSE_S: Final = 1.0
MAX_PAUSE_S: Final = 10.0


class Verdict(Enum):
    """What became of a request."""

    TAKEN = auto()
    REFUSED = auto()  # it would be for ever
    FAILED = auto()  # the collector failed at it, perhaps at this one only
    AWAY = auto()  # nobody is there who could take any


class Wire(Protocol):
    """
    Sends encoded requests of one signal.

    Attributes:
        said: Why the last one was not taken.
    """

    said: str

    def send(self, data: bytes) -> Verdict:
        """Send a request; never raise because of what the network or the collector does."""

    def close(self) -> None:
        """Give up what is under way."""


_KEY_IS_WRONG: Final = {401, 403, 407}
"""All requests are refused, not this one: whoever mends the key wants to lose none."""

_LATER: Final = {408, 429, 502, 503, 504}


def of_status(status: int) -> Verdict:
    """Return what OTLP over HTTP means by *status*."""
    if status < 400:
        return Verdict.TAKEN
    if status in _KEY_IS_WRONG or status in _LATER:
        return Verdict.AWAY
    return Verdict.REFUSED if status < 500 else Verdict.FAILED


class Health:
    """
    Whether a collector is there, as far as its last answers say.

    While it is away what comes goes to the disk at once, so that memory and the thread that sends stay free; it is
    asked again after a pause that grows.

    Attributes:
        said: Why it did not take the last request.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._pause_s = 0.0
        self._asked_again_s = float("-inf")
        self.said = ""

    def is_away(self) -> bool:
        """Whether it is not to be asked now."""
        return self._clock() < self._asked_again_s

    def note(self, verdict: Verdict, said: str) -> None:
        """Take notice of an answer, and of its words."""
        self.said = "" if verdict is Verdict.TAKEN else said
        if verdict in (Verdict.TAKEN, Verdict.REFUSED):
            self._pause_s, self._asked_again_s = 0.0, float("-inf")
            return
        self._pause_s = min(MAX_PAUSE_S, max(MIN_PAUSE_S, 2 * self._pause_s))
        self._asked_again_s = self._clock() + self._pause_s
