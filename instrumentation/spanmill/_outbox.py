"""
A thread that sends what waits, in batches.

OpenTelemetry's own processor counts nothing it drops, drops what it could not send at the first failure, and takes no
time-out for a flush.
"""

import contextlib
import os
import queue
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from typing import Final, Generic, Protocol, TypeVar

from spanmill._guard import Guard
from spanmill._losses import COLLECTOR_AWAY, PROCESS_ENDED, REFUSED, Losses
from spanmill._waiting import Limits, Waiting

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

PAUSES: Final = 2
"""A pause is so many times as long as the sending before it."""

MAX_PAUSE_S: Final = 0.2
LOOK_S: Final = 0.01


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
        self._waiting = Waiting(size_of, losses, limits)
        self._reserve = reserve
        self._send = send
        self._losses = losses
        self._limits = limits
        self._guard = guard
        self._is_over = False
        self._is_pressed = False  # what can be kept is not sent any more
        self._start_anew()
        if hasattr(os, "register_at_fork"):
            forked = weakref.WeakMethod(self._forked)
            os.register_at_fork(after_in_child=lambda: (method := forked()) and method())

    def put(self, item: Item) -> None:
        """Add *item*; where there turns out to be no room, it is counted as lost."""
        if self._waiting.add(item):
            self._admit()

    def _admit(self) -> None:
        with self._waiting.lock:
            is_batch = self._waiting.admit()
            if self._thread is None and len(self._waiting):
                self._start_thread()
            if is_batch:
                self._wishes.put(None)

    def flush(self, timeout_s: float) -> bool:
        """Send what is there; whether that was done within *timeout_s*."""
        with self._waiting.lock:
            self._admit()
            if self._thread is None:
                return True
            done = threading.Event()
            self._wishes.put(done)
            self._is_awaited = True
        return done.wait(timeout_s)

    def close(self, timeout_s: float) -> None:
        """Send what is there, for *timeout_s* at most, and take nothing more."""
        with self._waiting.lock:
            self._admit()
            self._waiting.is_closed = True
            thread = self._thread
        if thread is not None and not self._is_over:
            ends_s = time.monotonic() + timeout_s
            self._wishes.put(None)
            thread.join(timeout_s if self._reserve is None else timeout_s / 2)
            if self._reserve is not None and thread.is_alive():
                self._keep_all(thread, ends_s)
        self._is_over = True
        left = self._waiting.drop() + len(self._batch)
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
        self._waiting.start_anew()
        # A queue that is reentrant, because a span may end wherever Python collects garbage: in here, too.
        self._wishes: queue.SimpleQueue[threading.Event | None] = queue.SimpleQueue()
        self._is_awaited = False  # a flush
        self._batch: list[Item] = []  # what is being sent, or was not taken and is to be tried again
        self._tries = 0
        self._took_s = 0.0  # to send the last one
        self._is_over = False
        self._has_more = False  # the reserve, to be sent
        self._thread: threading.Thread | None = None

    def _keep_all(self, thread: threading.Thread, ends_s: float) -> None:
        """Keep what the sending *thread* has not got to; and what it is at, unless it can finish that."""
        self._is_pressed = True
        while len(self._waiting) and time.monotonic() < ends_s:
            batch = self._waiting.take()
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
        self._waiting.is_sent = True

    def _work(self) -> None:
        while not self._is_over:
            with self._guard.attempt("send what waits"):
                self._work_on()
                self._is_over = True
            if not self._is_over:
                time.sleep(RETRY_S)

    def _work_on(self) -> None:
        while not self._is_over and not (self._waiting.is_closed and not len(self._waiting) and not self._batch):
            wishes, is_time = self._next_wishes()
            is_emptied = self._send_waiting(1 if wishes or is_time or self._waiting.is_closed else self._limits.batch)
            self._losses.tell()
            for wish in wishes if is_emptied else ():
                wish.set()
            with self._waiting.lock:
                self._is_awaited = self._is_awaited and not self._wishes.empty()
            if not is_emptied and self._waiting.is_closed:
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
        while (self._batch or len(self._waiting) >= at_least) and not self._is_over:
            if not self._batch:
                with self._waiting.lock:
                    self._batch = self._waiting.take()
            if not self._settle(self._batch):
                return False
            self._batch, self._tries = [], 0
            self._pause()
        return True

    def _pause(self) -> None:
        """Let the host run, unless there is no room or somebody waits: Python runs one thread at a time."""
        ends_s = time.monotonic() + min(PAUSES * self._took_s, MAX_PAUSE_S)
        # Looked at, where an event would wake it at once: that takes a lock, and a handler of signals may flush, too.
        while time.monotonic() < ends_s and not (
            self._is_awaited or self._waiting.is_closed or self._waiting.is_crowded
        ):
            time.sleep(LOOK_S)

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
        return self._took_s >= AWAY_AFTER_S and self._waiting.is_crowded

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
