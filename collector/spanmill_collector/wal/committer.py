"""
Group commit: one write and one sync for all requests that wait at the same moment.

While the writer thread syncs, and until a few milliseconds have passed since the last commit began, further requests
gather; the next turn takes them all. One request alone is therefore committed at once, and under load the cost of a
sync, and of waking a thread for it, is shared by as many requests as arrive in that time.
"""

import asyncio
import logging
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

from spanmill_collector.accounts.metrics import Metrics
from spanmill_collector.budget import ByteBudget
from spanmill_collector.errors import Reason, Refusal, WalFailure
from spanmill_collector.throttle import Throttle
from spanmill_collector.wal.frames import Record
from spanmill_collector.wal.log import WriteAheadLog
from spanmill_collector.wal.segment import Segment

logger = logging.getLogger(__name__)


GATHER_S: Final = 0.003
"""With a request per span this saves a fifth of the collector's work, and it is little beside what a sync may take."""

FAILURE_COUNTS_S: Final = 10.0
"""After this time without traffic a failure is forgotten: only the next request can tell whether the disk is mended."""


class _Waiting(NamedTuple):
    record: Record
    committed: asyncio.Future[None]


class Committer:
    """
    The event loop's side of the write-ahead log; owns the writer thread.

    Attributes:
        sealed: Segments that wait to be shipped, oldest first.
        changed: Set when a segment was opened or sealed; the shipper clears it.
        waiting_items: Items that were acknowledged and have not left the log.
    """

    def __init__(
        self, signal: str, wal: WriteAheadLog, budget: ByteBudget, commit_max_bytes: int, metrics: Metrics
    ) -> None:
        self._signal = signal
        self._wal = wal
        self._budget = budget
        self._commit_max_bytes = commit_max_bytes
        self._metrics = metrics
        self._throttle = Throttle(logger)
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=f"wal-{signal}")
        self._waiting: deque[_Waiting] = deque()
        self._turns: asyncio.Task[None] | None = None
        self._open_since: float | None = None
        self._failed_at: float | None = None
        self.sealed: deque[Segment] = deque()
        self.changed = asyncio.Event()
        self._began_at = 0.0
        self.waiting_items = 0

    async def commit(self, record: Record) -> None:
        """
        Make *record* durable.

        Raises:
            Refusal: The log is full or cannot be written; the record may not be acknowledged.
        """
        self._budget.reserve(record.size_bytes, items=record.stamp.items)
        committed = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(record, committed))
        if self._turns is None or self._turns.done():
            self._turns = asyncio.create_task(self._take_turns())
        await committed

    def adopt(self, segments: list[Segment]) -> None:
        """Queue the *segments* that recovery found."""
        self._budget.occupy(sum(segment.size_bytes for segment in segments))
        self.sealed.extend(segments)
        self.changed.set()

    @property
    def is_failing(self) -> bool:
        """Whether the last commit, not long ago, could not be made durable."""
        return self._failed_at is not None and time.monotonic() - self._failed_at < FAILURE_COUNTS_S

    def open_age_s(self) -> float | None:
        """Seconds since the first record of the open segment, None when there is no such segment."""
        return None if self._open_since is None else time.monotonic() - self._open_since

    async def seal(self) -> None:
        """Seal the open segment, whatever its size."""
        try:
            await self._in_writer_thread(())
        except WalFailure as failure:
            # What is committed stays committed; the next commit or the next start finds it.
            self._throttle.error("%s", failure)

    async def close(self) -> None:
        """Commit what waits, seal, and end the writer thread."""
        if self._turns is not None:
            await self._turns
        await self.seal()
        self._executor.shutdown()

    async def _take_turns(self) -> None:
        while self._waiting:
            await self._gather()
            turn = self._next_turn()
            try:
                await self._in_writer_thread([waiting.record for waiting in turn])
            except WalFailure as failure:
                self._refuse(turn, failure)
            else:
                self._acknowledge(turn)

    async def _gather(self) -> None:
        """Let `GATHER_S` pass from one commit's beginning to the next one's, while records come in."""
        wait_s = self._began_at + GATHER_S - time.monotonic()
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        self._began_at = time.monotonic()

    def _next_turn(self) -> list[_Waiting]:
        """Take what waits, up to the size of one commit, but at least one record."""
        turn = [self._waiting.popleft()]
        size_bytes = turn[0].record.size_bytes
        while self._waiting and size_bytes + self._waiting[0].record.size_bytes <= self._commit_max_bytes:
            turn.append(self._waiting.popleft())
            size_bytes += turn[-1].record.size_bytes
        return turn

    async def _in_writer_thread(self, records: list[Record] | tuple[()]) -> None:
        """Append *records*, or seal when there are none, and learn what became sealed by it."""
        has_open_segment, sealed, failure, took_s = await asyncio.get_running_loop().run_in_executor(
            self._executor, self._write, records
        )
        if sealed or has_open_segment != (self._open_since is not None):
            self.changed.set()
        if not has_open_segment:
            self._open_since = None
        elif sealed or self._open_since is None:
            self._open_since = time.monotonic()
        self.sealed.extend(sealed)
        if failure is not None:
            raise failure
        if records:
            self._metrics.observe("commit_duration_seconds", took_s, self._signal)

    def _write(self, records: list[Record] | tuple[()]) -> tuple[bool, list[Segment], WalFailure | None, float]:
        """Run in the writer thread."""
        failure, began = None, time.perf_counter()
        try:
            if records:
                self._wal.append(records)
            else:
                self._wal.seal()
        except WalFailure as raised:
            failure = raised
        except Exception as error:  # noqa: BLE001 - border of the thread: a request that waits must get an answer
            failure = WalFailure(f"The write-ahead log failed ({error!r}).")
        return self._wal.has_open_segment, self._wal.take_sealed(), failure, time.perf_counter() - began

    def _acknowledge(self, turn: list[_Waiting]) -> None:
        self._failed_at = None
        for waiting in turn:
            self.waiting_items += waiting.record.stamp.items
            # The client may have gone in the meantime; its record is stored all the same.
            if not waiting.committed.done():
                waiting.committed.set_result(None)

    def _refuse(self, turn: list[_Waiting], failure: WalFailure) -> None:
        self._failed_at = time.monotonic()
        self._throttle.error("%s", failure)
        self._metrics.count("commit_failures_total", self._signal)
        for waiting in turn:
            self._budget.release(waiting.record.size_bytes)
            if not waiting.committed.done():
                items = waiting.record.stamp.items
                waiting.committed.set_exception(Refusal(Reason.WAL_FAILED, str(failure), items=items))
