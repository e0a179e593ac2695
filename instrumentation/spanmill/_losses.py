"""What was not sent: counted by reason, and told at most once a minute."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

INTERVAL_S: Final = 60.0

QUEUE_FULL: Final = "queue full"
REFUSED: Final = "refused"
COLLECTOR_AWAY: Final = "collector away"
PROCESS_ENDED: Final = "process ended"
SPOOL_FULL: Final = "spool full"
SPOOL_CORRUPT: Final = "spool corrupt"
"""
Why something is lost: too much came at once; the collector does not want it; nobody took it for minutes; no time; no
room on the disk; what lay there is not what was written.
"""


class Losses:
    """
    Counts what is lost, by reason.

    Attributes:
        detail: What the exporter said last of why it could not send.
    """

    def __init__(
        self, logger: logging.Logger, interval_s: float = INTERVAL_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._logger = logger
        self._interval_s = interval_s
        self._clock = clock
        # Reentrant, because a span may end wherever Python collects garbage: in here, too.
        self._lock = threading.RLock()
        self._counts: Counter[str] = Counter()
        self._untold: Counter[str] = Counter()
        self._told_s = float("-inf")
        self.detail = ""

    def count(self, reason: str, number: int = 1) -> None:
        """Count *number* more; `tell` says so, because writing to a log may take longer than a host can wait."""
        with self._lock:
            self._counts[reason] += number
            self._untold[reason] += number

    def totals(self) -> dict[str, int]:
        """What was lost so far, by reason."""
        with self._lock:
            return dict(self._counts)

    def tell(self, *, at_once: bool = False) -> None:
        """Write a line of what was lost since the last one, unless that was less than an interval ago."""
        with self._lock:
            if not self._untold or (not at_once and self._clock() - self._told_s < self._interval_s):
                return
            untold, self._untold, self._told_s = self._untold, Counter(), self._clock()
        reasons = ", ".join(f"{number:,} ({reason})" for reason, number in sorted(untold.items()))
        detail = f" The exporter said: {self.detail}" if self.detail else ""
        self._logger.warning("spanmill lost %s spans or scores.%s", reasons, detail)

    def start_anew(self) -> None:
        """Forget, in a forked child, what its parent counted."""
        self._lock = threading.RLock()
        self._counts, self._untold, self._told_s = Counter(), Counter(), float("-inf")
