"""
Shipping: sealed segments to ClickHouse, oldest first, a few at a time.

The shipper clocks itself. While a courier is idle, the open segment is sealed shortly after its first record, so that a
single span is soon visible. While all are busy, or ClickHouse is away, records gather in one segment up to its full
size, so that inserts become larger exactly when they have to. Segments are independent of each other: ClickHouse works
on one insert with one core, and their order does not matter.
"""

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from typing import Final

from spanmill_collector.budget import ByteBudget
from spanmill_collector.committer import Committer
from spanmill_collector.courier import Courier, Delivery, Outcome
from spanmill_collector.health import StoreState
from spanmill_collector.metrics import Metrics
from spanmill_collector.segment import Segment
from spanmill_collector.threads import in_daemon_thread
from spanmill_collector.throttle import Throttle
from spanmill_store.errors import StoreUnavailable

logger = logging.getLogger(__name__)

FIRST_RETRY_S: Final = 0.25
LAST_RETRY_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class ShippingOptions:
    """When a segment that is not full is sealed, and how long a stop waits for the last ones."""

    segment_max_age_s: float
    drain_timeout_s: float


class Shipper:
    """
    The tasks that empty the log, one per courier.

    Attributes:
        store: What ClickHouse said last.
    """

    def __init__(
        self,
        committer: Committer,
        couriers: list[Courier],
        budget: ByteBudget,
        metrics: Metrics,
        options: ShippingOptions,
    ) -> None:
        self._committer = committer
        self._couriers = couriers
        self._budget = budget
        self._metrics = metrics
        self._options = options
        self._throttle = Throttle(logger)
        self._tasks: list[asyncio.Task[None]] = []
        self._draining = asyncio.Event()
        self.store = StoreState.NOT_ASKED

    def start(self) -> None:
        """Ship until `drain`."""
        self._tasks = [asyncio.create_task(self._run(courier)) for courier in self._couriers]

    async def drain(self) -> None:
        """Ship what is sealed, for a bounded time; what stays is shipped by the next start."""
        self._draining.set()
        self._committer.changed.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._options.drain_timeout_s)
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._committer.sealed:
            logger.warning("%d segments stay in the log for the next start", len(self._committer.sealed))
        else:
            for courier in self._couriers:
                courier.close()

    async def _run(self, courier: Courier) -> None:
        while (segment := await self._next()) is not None:
            is_delivered = False
            try:
                is_delivered = await self._deliver(courier, segment)
            finally:
                if is_delivered:
                    self._budget.release(segment.size_bytes)
                else:
                    self._committer.sealed.appendleft(segment)
            if not is_delivered:
                return

    async def _next(self) -> Segment | None:
        """Wait for the oldest sealed segment and take it; None when the log is drained."""
        while not self._committer.sealed:
            if self._draining.is_set():
                return None
            self._committer.changed.clear()
            age_s = self._committer.open_age_s()
            if age_s is not None and age_s >= self._options.segment_max_age_s:
                await self._committer.seal()
            else:
                await self._wait(
                    self._committer.changed, None if age_s is None else self._options.segment_max_age_s - age_s
                )
        return self._committer.sealed.popleft()

    async def _deliver(self, courier: Courier, segment: Segment) -> bool:
        """Try until *segment* has left the log; False when a stop must not wait for that."""
        retry_s = FIRST_RETRY_S
        while True:
            try:
                delivery = await in_daemon_thread(lambda: courier.deliver(segment), "shipper")
            except Exception as error:  # noqa: BLE001 - border: whatever it was, the segment is kept and tried again
                self._failed(error)
            else:
                self._succeeded(segment, delivery)
                return True
            if self._draining.is_set():
                return False
            await self._wait(self._draining, retry_s)
            retry_s = min(retry_s * 2, LAST_RETRY_S)

    @staticmethod
    async def _wait(event: asyncio.Event, timeout_s: float | None) -> None:
        """Wait for *event*, but no longer than *timeout_s*."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(event.wait(), timeout_s)

    def _failed(self, error: Exception) -> None:
        self.store = StoreState.AWAY
        self._metrics.ship_failed()
        reason = str(error) if isinstance(error, StoreUnavailable) else repr(error)
        self._throttle.error("segments wait in the log: %s", reason)

    def _succeeded(self, segment: Segment, delivery: Delivery) -> None:
        if delivery.outcome in (Outcome.EMPTY, Outcome.GONE):
            return
        self.store = StoreState.ANSWERS
        if self._throttle.reset():
            logger.info("ClickHouse takes segments again")
        if delivery.outcome is Outcome.DEAD_LETTERED:
            self._metrics.dead_lettered()
        else:
            self._metrics.shipped(segment.size_bytes, delivery.took_s)
