"""Saying a thing that keeps happening once in a while instead of every second."""

import logging
import time
from collections.abc import Callable
from typing import Final

INTERVAL_S: Final = 30.0


class Throttle:
    """Logs a sentence at once, then at most once per interval, with the number of times it was held back."""

    def __init__(
        self, logger: logging.Logger, interval_s: float = INTERVAL_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._logger = logger
        self._interval_s = interval_s
        self._clock = clock
        self._said: dict[str, tuple[float, int]] = {}

    def warn(self, key: str, sentence: str) -> None:
        """Log *sentence* unless *key* was logged less than an interval ago."""
        now = self._clock()
        last, held_back = self._said.get(key, (float("-inf"), 0))
        if now - last < self._interval_s:
            self._said[key] = (last, held_back + 1)
            return
        self._said[key] = (now, 0)
        if held_back:
            self._logger.warning("%s (%d times more since)", sentence, held_back)
        else:
            self._logger.warning("%s", sentence)

    def over(self, key: str, sentence: str) -> None:
        """Log that what was warned about under *key* has ended, if it was."""
        if self._said.pop(key, None) is not None:
            self._logger.info("%s", sentence)
