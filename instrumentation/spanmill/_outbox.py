"""
What waits to be sent: a bounded queue, and a thread that empties it in batches.

OpenTelemetry's own processor counts nothing it drops, drops what it could not send at the first failure, and takes no
time-out for a flush.
"""

import contextlib
import os
import queue
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from spanmill._guard import Guard
from spanmill._losses import COLLECTOR_AWAY, PROCESS_ENDED, QUEUE_FULL, REFUSED, Losses

Item = TypeVar("Item")
Kept_contra = TypeVar("Kept_contra", contravariant=True)

AWAY_AFTER_S: Final = 0.5
"""An exporter that gives up sooner was refused, or may not try for long; one that tried for longer found nobody."""

MAX_TRIES: Final = 30
"""Each takes an exporter up to ten seconds: an outage of some minutes loses nothing, as long as there is room."""

THREAD: Final = "spanmill-sender"
MAX_REFUSALS: Final = 10
"""What is refused would be so for ever, and is in the way of others; but where `OTEL_EXPORTER_OTLP_TIMEOUT` is short, a
collector that restarts looks the same."""

RETRY_S: Final = 1.0

AT_ONCE: Final = 32
"""So many items more than the limits say may wait until they are weighed."""

MAX_PAUSE_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Limits:
    """
    How much waits, and for how long.

    Attributes:
        max_items: More are lost.
        max_bytes: Of texts in them, about.
        batch: So many are sent at once.
        delay_s: An item waits no longer for others.
    """

    max_items: int = 20_000
    max_bytes: int = 64_000_000
    batch: int = 512
    delay_s: float = 5.0

    @classmethod
    def of(cls, environment: Mapping[str, str], prefix: str) -> "Limits":
        """What OpenTelemetry's variables of that *prefix* say, ``OTEL_BSP`` or ``OTEL_BLRP``, else our own."""
        own = cls()
        max_items = _positive(environment, f"{prefix}_MAX_QUEUE_SIZE", own.max_items)
        batch = min(max_items, _positive(environment, f"{prefix}_MAX_EXPORT_BATCH_SIZE", own.batch))
        delay_s = _positive(environment, f"{prefix}_SCHEDULE_DELAY", int(own.delay_s * 1000)) / 1000
        return cls(max_items=max_items, batch=batch, delay_s=delay_s)


def _positive(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name, "").strip()
    return max(1, int(text)) if text.isdecimal() else default


class Reserve(Protocol[Kept_contra]):
    """Where batches are kept that cannot be sent."""

    def keep(self, batch: Sequence[Kept_contra]) -> bool:
        """Keep *batch* beyond the end of the process; False where that failed."""

    def resend(self) -> bool:
        """Send one that was kept; whether there may be more."""


class Outbox(Generic[Item]):
    """
    Takes items from any thread in microseconds, and hands them to *send*, which says whether they were taken.

    *size_of* says what an item weighs, None for one that is not to be sent.

    A batch that nobody takes is kept and tried again, while what comes after it waits within the limits. Where there is
    a *reserve*, it gets what there is neither room nor time for, and is asked to send when nothing else is to be sent.
    A forked child begins with an empty outbox: what the parent held, the parent sends.
    """

    def __init__(
        self,
        send: Callable[[Sequence[Item]], bool],
        size_of: Callable[[Item], int | None],
        losses: Losses,
        limits: Limits,
        guard: Guard,
        reserve: Reserve[Item] | None = None,
    ) -> None:
        self._reserve = reserve
        self._send = send
        self._size_of = size_of
        self._losses = losses
        self._limits = limits
        self._guard = guard
        self._is_closed = False
        self._is_over = False
        self._is_pressed = False  # what can be kept is not sent any more
        self._at_once = max(1, min(AT_ONCE, limits.batch // 16, limits.max_items // 16))
        self._start_anew()
        if hasattr(os, "register_at_fork"):
            forked = weakref.WeakMethod(self._forked)
            os.register_at_fork(after_in_child=lambda: (method := forked()) and method())

    def put(self, item: Item) -> None:
        """Add *item*; where there turns out to be no room, it is counted as lost."""
        self._fresh.append(
            item
        )  # without the lock: a deque needs none, and this is what every span of a host waits for
        if len(self._fresh) >= self._at_once or self._is_closed or self._thread is None:
            self._admit()

    def _admit(self) -> None:
        """Weigh what is fresh, some at a time: one by one, amid the host's work, it takes twice as long."""
        with self._lock:
            before, limits = len(self._items), self._limits
            while self._fresh:
                item = self._fresh.popleft()
                size = self._size_of(item)
                if size is None:
                    continue
                is_full = len(self._items) >= limits.max_items or self._bytes + size > limits.max_bytes
                if self._is_closed or is_full:
                    self._losses.count(PROCESS_ENDED if self._is_closed else QUEUE_FULL)
                    continue
                self._items.append(item)
                self._sizes.append(size)
                self._bytes += size
            if self._thread is None and self._items:
                self._start_thread()
            if before < limits.batch <= len(self._items):
                self._wishes.put(None)

    def flush(self, timeout_s: float) -> bool:
        """Send what is there; whether that was done within *timeout_s*."""
        with self._lock:
            self._admit()
            if self._thread is None:
                return True
            done = threading.Event()
            self._wishes.put(done)
        return done.wait(timeout_s)

    def close(self, timeout_s: float) -> None:
        """Send what is there, for *timeout_s* at most, and take nothing more."""
        with self._lock:
            self._admit()
            self._is_closed = True
            thread = self._thread
        if thread is not None and not self._is_over:
            ends_s = time.monotonic() + timeout_s
            self._wishes.put(None)
            thread.join(timeout_s if self._reserve is None else timeout_s / 2)
            if self._reserve is not None and thread.is_alive():
                self._keep_all(thread, ends_s)
        self._is_over = True
        with self._lock:
            left = len(self._items) + len(self._batch)
            self._items.clear()
            self._sizes.clear()
        if left:
            self._losses.count(PROCESS_ENDED, left)
        self._losses.tell(at_once=True)

    def end(self, timeout_s: float) -> None:
        """Send what is there, for *timeout_s* at most, before a process that is not closed in order ends."""
        if self._reserve is None:
            self.flush(timeout_s)
        else:
            self.close(timeout_s)

    def _forked(self) -> None:
        self._losses.start_anew()
        self._start_anew()

    def _start_anew(self) -> None:
        # Reentrant, and a queue that is so too, because a span may end wherever Python collects garbage: in here, too.
        self._lock = threading.RLock()
        self._wishes: queue.SimpleQueue[threading.Event | None] = queue.SimpleQueue()
        self._fresh: deque[Item] = deque()  # not weighed yet
        self._items: deque[Item] = deque()
        self._sizes: deque[int] = deque()  # beside them: pairs would be more for Python to collect
        self._bytes = 0
        self._batch: list[Item] = []  # what is being sent, or was not taken and is to be tried again
        self._tries = 0
        self._took_s = 0.0  # to send the last one
        self._is_over = False
        self._has_more = False  # the reserve, to be sent
        self._thread: threading.Thread | None = None

    def _keep_all(self, thread: threading.Thread, ends_s: float) -> None:
        """Keep what the sending *thread* has not got to; and what it is at, unless it can finish that."""
        self._is_pressed = True
        while self._items and time.monotonic() < ends_s:
            batch = self._next_items()
            if not self._keep(batch):
                self._losses.count(PROCESS_ENDED, len(batch))
        thread.join(max(0.0, ends_s - time.monotonic()) / 2)
        if thread.is_alive() and self._batch and self._keep(self._batch):
            self._batch = []

    def _start_thread(self) -> None:
        # Gevent may have replaced both since: a thread of its own that waited in the old queue would stop all others.
        self._wishes = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=THREAD, daemon=True)
        self._thread.start()

    def _work(self) -> None:
        while not self._is_over:
            with self._guard.attempt("send what waits"):
                self._work_on()
                self._is_over = True
            if not self._is_over:
                time.sleep(RETRY_S)

    def _work_on(self) -> None:
        while not self._is_over and not (self._is_closed and not self._items and not self._batch):
            wishes, is_time = self._next_wishes()
            is_emptied = self._send_waiting(1 if wishes or is_time or self._is_closed else self._limits.batch)
            self._losses.tell()
            for wish in wishes if is_emptied else ():
                wish.set()
            if not is_emptied and self._is_closed:
                return
            self._has_more = is_emptied and self._resend()
        while self._resend():
            pass

    def _next_wishes(self) -> tuple[list[threading.Event], bool]:
        """Wait until there is a batch, or a wish for a flush, or time is up; return the wishes, and whether it is."""
        found: list[threading.Event | None] = []
        with contextlib.suppress(queue.Empty):
            wait_s = RETRY_S if self._batch else self._limits.delay_s
            found.append(self._wishes.get(timeout=0.0 if self._has_more else wait_s))
            while True:
                found.append(self._wishes.get_nowait())
        return [wish for wish in found if wish is not None], not found

    def _send_waiting(self, at_least: int) -> bool:
        """Send batch after batch while there are so many items; whether all of these were settled."""
        self._admit()
        while (self._batch or len(self._items) >= at_least) and not self._is_over:
            if not self._batch:
                self._take()
            if not self._settle(self._batch):
                return False
            self._batch, self._tries = [], 0
            self._pause()
        return True

    def _pause(self) -> None:
        """Let the host run as long as it was disturbed, unless there is no room, or a wish: Python runs one thread."""
        is_asked = self._is_closed or self._is_pressed or not self._wishes.empty()
        if not is_asked and len(self._items) < self._limits.max_items / 2 and self._bytes < self._limits.max_bytes / 2:
            time.sleep(min(self._took_s, MAX_PAUSE_S))

    def _take(self) -> None:
        with self._lock:
            self._batch = self._next_items()

    def _next_items(self) -> list[Item]:
        with self._lock:
            count = min(self._limits.batch, len(self._items))
            self._bytes -= sum([self._sizes.popleft() for _ in range(count)])
            return [self._items.popleft() for _ in range(count)]

    def _keep(self, batch: Sequence[Item]) -> bool:
        if self._reserve is not None:
            with self._guard.attempt("keep what was not sent"):
                return self._reserve.keep(batch)
        return False

    def _resend(self) -> bool:
        if self._reserve is not None and not self._is_pressed and not self._is_over:
            with self._guard.attempt("send what is spooled"):
                return self._reserve.resend()
        return False

    def _falls_behind(self) -> bool:
        """Whether there will soon be no room, because a collector is slow."""
        if self._took_s < AWAY_AFTER_S:
            return False
        return len(self._items) > self._limits.max_items / 2 or self._bytes > self._limits.max_bytes / 2

    def _settle(self, batch: Sequence[Item]) -> bool:
        """Send *batch*; whether it was taken, or is lost, or else is to be tried again."""
        if (self._is_pressed or self._falls_behind()) and self._keep(batch):
            return True
        began_s = time.monotonic()
        is_taken = self._send(batch)
        self._took_s = time.monotonic() - began_s
        if is_taken:
            return True
        if self._is_over:  # and counted
            return False
        self._tries += 1
        is_refused = self._took_s < AWAY_AFTER_S
        if self._tries < (MAX_REFUSALS if is_refused else MAX_TRIES):
            return False
        self._losses.count(REFUSED if is_refused else COLLECTOR_AWAY, len(batch))
        return True
