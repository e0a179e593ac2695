"""Repeated failures, logged once and then counted."""

import logging
import time
from typing import Final

QUIET_S: Final = 30.0


class Throttle:
    """Logs the first of a run of failures and then one line per half minute with the number left out."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._quiet_until = 0.0
        self._left_out = 0

    def error(self, message: str, *arguments: object) -> None:
        """Log *message*, unless one like it was logged a moment ago."""
        now = time.monotonic()
        if now < self._quiet_until:
            self._left_out += 1
            return
        self._quiet_until = now + QUIET_S
        self._logger.error(message, *arguments)
        if self._left_out:
            self._logger.error("and %d times before", self._left_out)
            self._left_out = 0

    def reset(self) -> bool:
        """Forget the failures, because it works again; return whether there were any."""
        failed = self._quiet_until > 0
        self._quiet_until, self._left_out = 0.0, 0
        return failed
