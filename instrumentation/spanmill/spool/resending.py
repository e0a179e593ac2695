"""Sends what lies in the folder, the oldest first, whoever has written it."""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from typing import Final

from spanmill._losses import REFUSED, SPOOL_CORRUPT, Losses
from spanmill._target import Signal
from spanmill.spool.connection import Connection
from spanmill.spool.folder import Folder, Waiting
from spanmill.spool.verdicts import Health, Verdict, Wire

LOOK_S: Final = 1.0
"""The folder is not looked into more often."""

MAX_FAILURES: Final = 10
"""A batch at which the collector fails so often is refused: it is in the way of the others."""


class Resender:
    """Sends one file at a time, over connections of its own, so that the senders of both signals may ask it to."""

    def __init__(
        self,
        folder: Folder,
        connections: Mapping[Signal, Connection],
        health: Mapping[Signal, Health],
        losses: Losses,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._connections = connections
        self._health = health
        self._losses = losses
        self._clock = clock
        self._turn = threading.Lock()
        self._waiting: deque[Waiting] = deque()
        self._looks_again_s = float("-inf")
        self._failures: Counter[str] = Counter()
        self._wires: dict[Signal, Wire] = {}

    def resend(self) -> bool:
        """Send the oldest that somebody would take; whether there may be more of them."""
        # The kernel's locks keep other processes off, but not another thread.
        if not self._turn.acquire(blocking=False):
            return False
        try:
            waiting = self._next()
            if waiting is not None:
                with self._folder.claimed(waiting) as data:
                    if data is not None:
                        self._settle(waiting, data)
            return bool(self._waiting)
        finally:
            self._turn.release()

    def close(self) -> None:
        """Close the connections, unless one is in use; they are opened again where need be."""
        if not self._turn.acquire(blocking=False):
            return
        try:
            while self._wires:
                self._wires.popitem()[1].close()
        finally:
            self._turn.release()

    def _next(self) -> Waiting | None:
        if not self._waiting:
            self._look()
        return self._waiting.popleft() if self._waiting else None

    def _look(self) -> None:
        now_s = self._clock()
        there = {signal for signal, health in self._health.items() if not health.is_away()}
        if there and now_s >= self._looks_again_s:
            self._looks_again_s = now_s + LOOK_S
            self._waiting.extend(waiting for waiting in self._folder.waiting() if waiting.signal in there)

    def _settle(self, waiting: Waiting, data: bytes) -> None:
        if not waiting.is_intact(data):
            self._drop(waiting, SPOOL_CORRUPT)
            return
        wire = self._wire(waiting.signal)
        verdict = wire.send(data)
        self._health[waiting.signal].note(verdict, wire.said)
        if verdict is Verdict.FAILED:
            self._failures[waiting.name] += 1
        if verdict is Verdict.TAKEN:
            self._drop(waiting)
        elif verdict is Verdict.REFUSED or self._failures[waiting.name] >= MAX_FAILURES:
            self._losses.detail = wire.said
            self._drop(waiting, REFUSED)
        else:  # those behind it would fare no better; what is then the oldest is looked up anew
            self._waiting.clear()

    def _drop(self, waiting: Waiting, reason: str = "") -> None:
        if reason:
            self._losses.count(reason, waiting.items)
        self._failures.pop(waiting.name, None)
        self._folder.remove(waiting)

    def _wire(self, signal: Signal) -> Wire:
        if signal not in self._wires:
            self._wires[signal] = self._connections[signal].open()
        return self._wires[signal]
