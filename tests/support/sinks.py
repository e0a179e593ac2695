"""A sink for segments that lives in memory and can be told to fail."""

import threading
from collections.abc import Iterable
from typing import BinaryIO, Self

from spanmill_store.errors import QueryRejected, StoreUnavailable
from support.otlp import numbers_in, requests_in


class MemorySink:
    """
    Stores segments once per token, as ClickHouse does.

    Attributes:
        is_away: Nobody answers.
        poison: Segments that hold the span with this number are rejected for good.
        attempts: Tokens in the order in which they were sent.
    """

    def __init__(self) -> None:
        self.is_away = False
        self.poison: int | None = None
        self.attempts: list[str] = []
        self._segments: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Connect."""
        return self

    def __exit__(self, *_: object) -> None:
        """Disconnect."""

    def insert(self, segment: BinaryIO | Iterable[bytes], token: str) -> int:
        """Store *segment* under *token*, unless told otherwise."""
        with self._lock:
            self.attempts.append(token)
            if self.is_away:
                message = "No ClickHouse answers at the test."
                raise StoreUnavailable(message)
            content = b"".join(segment)
            numbers = [number for request in requests_in(content) for number in numbers_in(request)]
            if self.poison is not None and self.poison in numbers:
                message = "ClickHouse refused: the test says so"
                raise QueryRejected(message, 117)
            self._segments.setdefault(token, content)
            return len(numbers)

    def numbers(self) -> list[int]:
        """The numbers of all spans stored, sorted."""
        with self._lock:
            return sorted(
                number
                for content in self._segments.values()
                for request in requests_in(content)
                for number in numbers_in(request)
            )

    @property
    def segments(self) -> dict[str, bytes]:
        """What is stored, by token."""
        with self._lock:
            return dict(self._segments)
