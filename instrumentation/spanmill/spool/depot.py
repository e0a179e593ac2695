"""What a process does with its spool: whatever its exporters could not send is written, and sent later."""

import logging
import os
import time
import weakref
from collections.abc import Callable, Mapping
from typing import Final

from opentelemetry.instrumentation.utils import suppress_instrumentation

from spanmill._guard import Guard
from spanmill._losses import INTERVAL_S, SPOOL_FULL, Losses
from spanmill._target import Signal
from spanmill.spool.connection import Connection
from spanmill.spool.folder import Folder
from spanmill.spool.resending import Resender
from spanmill.spool.verdicts import Health

WRITE: Final = "write to the spool"


class Depot:
    """
    The folder, how the collector is reached, and whether it is there, for the exporters of both signals.

    A forked child keeps none of its parent's connections.
    """

    def __init__(
        self,
        folder: Folder,
        connections: Mapping[Signal, Connection],
        losses: Losses,
        guard: Guard,
        logger: logging.Logger,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.connections = connections
        self.losses = losses
        self.health = {signal: Health(clock) for signal in connections}
        self._folder = folder
        self._guard = guard
        self._logger = logger
        self._clock = clock
        self._told_s = float("-inf")
        self._inherited: Resender | None = None
        self._resender = self._new_resender()
        forked = weakref.WeakMethod(self._forked)
        os.register_at_fork(after_in_child=lambda: (method := forked()) and method())

    def store(self, signal: Signal, items: int, data: bytes) -> bool:
        """Write a batch, or count it where the folder is full; False where it cannot be written at all."""
        with self._guard.attempt(WRITE):
            if not self._folder.write(signal, items, data):
                self.losses.count(SPOOL_FULL, items)
            else:
                self._tell(self.health[signal].said or "it takes too long")
            return True
        return False

    def resend(self) -> bool:
        """Send a batch that lies there; whether there may be more."""
        with suppress_instrumentation():
            return self._resender.resend()

    def close(self) -> None:
        """Close connections."""
        self._resender.close()

    def _tell(self, why: str) -> None:
        now_s = self._clock()
        if now_s - self._told_s >= INTERVAL_S:
            self._told_s = now_s
            self._logger.warning("spanmill keeps in %s what it cannot send: %s", self._folder.path, why)

    def _forked(self) -> None:
        # Kept, because a gRPC channel that is collected in a forked child may wait for threads that it does not have.
        self._inherited, self._resender = self._resender, self._new_resender()
        self._told_s = float("-inf")

    def _new_resender(self) -> Resender:
        return Resender(self._folder, self.connections, self.health, self.losses, self._clock)
