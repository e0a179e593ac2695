"""
Shipping: sealed segments to ClickHouse, oldest first, a few at a time.

The shipper clocks itself. While a courier is idle, the open segment is sealed shortly after its first record, so that a
single span is soon visible; but never so often that inserts, each of which has a price whatever its size, would take
more than a part of the time. While all couriers are busy, or ClickHouse is away, records gather in one segment up to
its full size, so that inserts become larger exactly when they have to, and nothing rests. Segments are independent of
each other: ClickHouse works on one insert with one core, and their order does not matter.
"""

import asyncio
import contextlib
import functools
import logging
import time
from dataclasses import dataclass
from typing import Final

from spanmill_collector.accounts.metrics import Metrics
from spanmill_collector.budget import ByteBudget
from spanmill_collector.health import StoreState
from spanmill_collector.shipping.courier import Attempt, Courier, Delivery, Outcome
from spanmill_collector.threads import in_daemon_thread
from spanmill_collector.throttle import Throttle
from spanmill_collector.wal.committer import Committer
from spanmill_collector.wal.segment import Segment
from spanmill_store.errors import StoreError

logger = logging.getLogger(__name__)

FIRST_RETRY_S: Final = 0.25
LAST_RETRY_S: Final = 5.0
SHARE: Final = 0.1
"""Part of the time that inserts of segments which are not full may take."""

LONGEST_REST_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class ShippingOptions:
    """
    When segments are sealed, and how long a stop waits.

    Attributes:
        segment_max_age_s: A segment that is not full is sealed this long after its first record.
        segment_max_bytes: A segment of this size is full.
        drain_timeout_s: How long a stop waits for the last ones.
    """

    segment_max_age_s: float
    segment_max_bytes: int
    drain_timeout_s: float


class Shipper:
    """
    The tasks that empty one log, one per courier.

    Attributes:
        store: What ClickHouse said last.
    """

    def __init__(
        self,
        signal: str,
        committer: Committer,
        couriers: list[Courier],
        budget: ByteBudget,
        metrics: Metrics,
        options: ShippingOptions,
    ) -> None:
        self._signal = signal
        self._committer = committer
        self._couriers = couriers
        self._budget = budget
        self._metrics = metrics
        self._options = options
        self._throttle = Throttle(logger)
        self._tasks: list[asyncio.Task[None]] = []
        self._draining = asyncio.Event()
        self._rests_until = 0.0
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
            wait_s = self._seal_in_s()
            if wait_s is not None and wait_s <= 0:
                await self._committer.seal()
            else:
                await self._wait(self._committer.changed, wait_s)
        return self._committer.sealed.popleft()

    def _seal_in_s(self) -> float | None:
        """Seconds until the open segment is to be sealed, None where there is none."""
        age_s = self._committer.open_age_s()
        if age_s is None:
            return None
        return max(self._options.segment_max_age_s - age_s, self._rests_until - time.monotonic())

    async def _deliver(self, courier: Courier, segment: Segment) -> bool:
        """Try until *segment* has left the log; False when a stop must not wait for that."""
        retry_s = FIRST_RETRY_S
        attempt = Attempt()
        while True:
            try:
                delivery = await in_daemon_thread(functools.partial(courier.deliver, segment, attempt), "shipper")
            except Exception as error:  # noqa: BLE001 - border: whatever it was, the segment is kept and tried again
                attempt = attempt.after(error)
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
        self._metrics.count("ship_failures_total", self._signal)
        reason = str(error) if isinstance(error, StoreError) else repr(error)
        self._throttle.error("%s wait in the log: %s", self._signal, reason)

    def _succeeded(self, segment: Segment, delivery: Delivery) -> None:
        self._count(segment, delivery)
        if delivery.outcome is not Outcome.STORED:
            return
        self.store = StoreState.ANSWERS
        self._rests_until = time.monotonic() + self._rest_s(segment, delivery.took_s)
        if self._throttle.reset():
            logger.info("ClickHouse takes %s again", self._signal)

    def _rest_s(self, segment: Segment, took_s: float) -> float:
        """How long to gather before the next insert: the less, the fuller *segment* was, as that pays an insert."""
        emptiness = max(0.0, 1 - segment.size_bytes / self._options.segment_max_bytes)
        return min(took_s * (1 - SHARE) / SHARE * emptiness, LONGEST_REST_S * emptiness)

    def _count(self, segment: Segment, delivery: Delivery) -> None:
        for name, tally in delivery.tallies().items():
            self._metrics.count_tally(name, self._signal, tally)
        self._committer.waiting_items -= segment.tally.items
        if delivery.outcome is Outcome.STORED:
            self._metrics.count("shipped_segments_total", self._signal)
            self._metrics.count("shipped_bytes_total", self._signal, by=segment.size_bytes)
            self._metrics.observe("ship_duration_seconds", delivery.took_s, self._signal)
