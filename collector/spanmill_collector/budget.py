"""Byte budgets: how much may wait for ClickHouse, and how much may be in memory, before clients are asked to wait."""

import contextlib
from collections.abc import Iterator
from typing import Final

from spanmill_collector.errors import Reason, Refusal

NEARLY: Final = 0.95


class ByteBudget:
    """
    A limit on a sum of bytes. Used from the event loop only, so it needs no lock.

    Attributes:
        used_bytes: What is taken at the moment.
        limit_bytes: What may be taken.
    """

    def __init__(self, limit_bytes: int, reason: Reason, sentence: str) -> None:
        self.used_bytes = 0
        self.limit_bytes = limit_bytes
        self._reason = reason
        self._sentence = sentence

    @property
    def is_full(self) -> bool:
        """Whether so little room is left that refusals are near or have begun."""
        return self.used_bytes >= NEARLY * self.limit_bytes

    def reserve(self, size_bytes: int, *, items: int = 0) -> None:
        """
        Take *size_bytes* for a request, of whose *items* a refusal speaks.

        Raises:
            Refusal: They do not fit; nothing is taken.
        """
        if self.used_bytes + size_bytes > self.limit_bytes:
            raise Refusal(self._reason, self._sentence, items=items)
        self.used_bytes += size_bytes

    def require_room(self) -> None:
        """
        Refuse what would be the next, while little room is left; nothing is taken.

        Raises:
            Refusal: Little room is left.
        """
        if self.is_full:
            raise Refusal(self._reason, self._sentence)

    def occupy(self, size_bytes: int) -> None:
        """Take *size_bytes* that already exist, whether or not they fit."""
        self.used_bytes += size_bytes

    def release(self, size_bytes: int) -> None:
        """Give *size_bytes* back."""
        self.used_bytes -= size_bytes

    @contextlib.contextmanager
    def hold(self, size_bytes: int = 0) -> Iterator["Hold"]:
        """Hold *size_bytes*, and what the block adds, until the block is left."""
        held = Hold(self)
        try:
            held.grow_to(size_bytes)
            yield held
        finally:
            held.release()


class Hold:
    """A part of a budget that belongs to one request and grows while the request is read."""

    def __init__(self, budget: ByteBudget) -> None:
        self._budget = budget
        self._held_bytes = 0

    def grow_to(self, size_bytes: int) -> None:
        """Hold at least *size_bytes*; raises `Refusal` when they do not fit."""
        if size_bytes > self._held_bytes:
            self._budget.reserve(size_bytes - self._held_bytes)
            self._held_bytes = size_bytes

    def release(self) -> None:
        """Give everything back."""
        self._budget.release(self._held_bytes)
        self._held_bytes = 0
