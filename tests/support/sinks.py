"""A store for collectors that lives in memory and can be told to fail."""

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import BinaryIO

from spanmill_collector.backend import Backend
from spanmill_store.errors import QueryRejected, StoreUnavailable
from spanmill_store.ingest_ledger import LedgerRow
from spanmill_store.keys import UsableKey
from support.otlp import numbers_in, requests_in


class MemorySink:
    """
    Stores segments of traces once per token, as ClickHouse does; of other signals it keeps the bytes.

    Attributes:
        is_away: Nobody answers.
        poison: Segments that hold the span with this number are rejected for good.
        code: ClickHouse's code of that rejection.
        attempts: Tokens of trace segments in the order in which they were sent.
        keys: The keys that are usable.
        ledger: What was written into it.
    """

    def __init__(self, keys: Sequence[UsableKey] = ()) -> None:
        self.is_away = False
        self.poison: int | None = None
        self.code = 33
        self.attempts: list[str] = []
        self.keys = list(keys)
        self.ledger: list[LedgerRow] = []
        self.others: dict[str, list[bytes]] = {"logs": [], "metrics": []}
        self._segments: dict[str, bytes] = {}
        self._tokens: set[str] = set()
        self._lock = threading.Lock()

    def backend(self) -> Backend:
        """What a collector needs of a store."""
        return Backend(lambda signal: partial(self._open, signal), self.read_keys, self.write_ledger)

    @contextlib.contextmanager
    def _open(self, signal: str) -> "Iterator[SignalSink]":
        yield SignalSink(self, signal)

    def insert(self, signal: str, segment: BinaryIO | Iterable[bytes], token: str) -> int:
        """Store *segment* under *token*, unless told otherwise."""
        with self._lock:
            if signal == "traces":
                self.attempts.append(token)
            self._require_answer()
            content = b"".join(segment)
            if signal != "traces":
                self.others[signal].append(content)
                return 1
            numbers = [number for request in requests_in(content) for number in numbers_in(request)]
            if self.poison is not None and self.poison in numbers:
                message = "ClickHouse refused: the test says so"
                raise QueryRejected(message, self.code)
            self._segments.setdefault(token, content)
            return len(numbers)

    def read_keys(self) -> list[UsableKey]:
        """The keys that are usable."""
        self._require_answer()
        return self.keys

    def write_ledger(self, rows: Sequence[LedgerRow], token: str) -> None:
        """Add *rows* once per *token*."""
        with self._lock:
            self._require_answer()
            if token not in self._tokens:
                self._tokens.add(token)
                self.ledger += rows

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

    def _require_answer(self) -> None:
        if self.is_away:
            message = "No ClickHouse answers at the test."
            raise StoreUnavailable(message)


class SignalSink:
    """The side of a `MemorySink` that a courier sees."""

    def __init__(self, memory: MemorySink, signal: str) -> None:
        self._memory = memory
        self._signal = signal

    def insert(self, segment: BinaryIO | Iterable[bytes], token: str) -> int:
        """Store *segment* under *token*."""
        return self._memory.insert(self._signal, segment, token)

    def insert_again(
        self, open_segment: Callable[[], Iterable[bytes]], token: str, times_ns: Sequence[int], items: int
    ) -> int:
        """Store the segment under *token*; this store never forgets one."""
        assert len(times_ns) <= items
        return self._memory.insert(self._signal, open_segment(), token)

    def remove(self, times_ns: Sequence[int]) -> None:
        """Nothing is left here of what is refused."""
        assert times_ns

    def write_ledger(self, rows: Sequence[LedgerRow], token: str) -> None:
        """Add *rows* once per *token*."""
        self._memory.write_ledger(rows, token)
