"""Small jobs that are done every few seconds, in threads, and once more at the end."""

import asyncio
import logging
from collections.abc import Callable

from spanmill_collector.threads import in_daemon_thread
from spanmill_collector.throttle import Throttle

logger = logging.getLogger(__name__)

LAST_ROUND_S = 2.0
"""How long a stop waits for the last round of each job."""


class Rounds:
    """All such jobs of a process."""

    def __init__(self) -> None:
        self._jobs: list[tuple[Callable[[], None], str, asyncio.Task[None]]] = []

    def start(self, job: Callable[[], None], every_s: float, name: str) -> None:
        """Do *job* now and every *every_s* seconds; it may block. What it raises is logged, and it is done again."""
        self._jobs.append((job, name, asyncio.create_task(self._go_round(job, every_s, name))))

    async def stop(self) -> None:
        """Do each job a last time, for a bounded time."""
        for job, name, task in self._jobs:
            task.cancel()
            try:
                async with asyncio.timeout(LAST_ROUND_S):
                    await in_daemon_thread(job, name)
            except Exception:
                logger.exception("the last round of %s failed", name)

    @staticmethod
    async def _go_round(job: Callable[[], None], every_s: float, name: str) -> None:
        throttle = Throttle(logger)
        while True:
            try:
                await in_daemon_thread(job, name)
            except Exception as error:  # noqa: BLE001 - border: the next round may succeed
                throttle.error("%s: %r", name, error)
            await asyncio.sleep(every_s)
