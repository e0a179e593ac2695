"""The oracle: posts spans that follow from their numbers, remembers what was acknowledged, and compares."""

import hashlib
import itertools
import threading
import time
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final, NamedTuple, Self

import grpc

from spanmill_store.client import Store
from support.collectors import EXPORT
from support.otlp import START_NS, trace_request
from support.processes import wait_until

SPANS_PER_REQUEST: Final = 7
_CHANNEL: Final = [
    ("grpc.min_reconnect_backoff_ms", 50),
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 100),
]


class Verdict(NamedTuple):
    """What is wrong with what is stored; all zero is the promise."""

    missing: int
    duplicated: int
    corrupted: int
    spurious: int


KEPT: Final = Verdict(0, 0, 0, 0)


class Oracle:
    """
    Posts numbered spans from several threads and remembers which were acknowledged.

    A request that failed is never sent again: whether it was stored is unknown, and either is right.
    """

    def __init__(self, target: str, clients: int = 3) -> None:
        self._target = target
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._post, daemon=True) for _ in range(clients)]
        self.attempted: set[int] = set()
        self.acknowledged: set[int] = set()

    def __enter__(self) -> Self:
        """Start to post."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Post no more, and wait for what is under way."""
        self._stop.set()
        for thread in self._threads:
            thread.join(20)

    @property
    def requests(self) -> int:
        """How many requests were acknowledged."""
        return len(self.acknowledged) // SPANS_PER_REQUEST

    def _post(self) -> None:
        with grpc.insecure_channel(self._target, options=_CHANNEL) as channel:
            call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(EXPORT)
            while not self._stop.is_set():
                numbers = self._take()
                try:
                    call(trace_request(numbers, text=_text(numbers[0])).SerializeToString(), timeout=5)
                except grpc.RpcError:
                    time.sleep(0.02)
                else:
                    with self._lock:
                        self.acknowledged.update(numbers)

    def _take(self) -> list[int]:
        with self._lock:
            numbers = list(itertools.islice(self._numbers, SPANS_PER_REQUEST))
            self.attempted.update(numbers)
            return numbers

    def wait_for_acknowledgements(self, requests: int = 15) -> None:
        """Wait until so many more *requests* were acknowledged."""
        enough = self.requests + requests
        wait_until(lambda: self.requests >= enough, "acknowledgements", 30)

    def verdict(self, stored: Counter[int], corrupted: int = 0) -> Verdict:
        """Compare how often each number is *stored* with what was acknowledged."""
        return Verdict(
            missing=len(self.acknowledged - stored.keys()),
            duplicated=sum(1 for count in stored.values() if count > 1),
            corrupted=corrupted,
            spurious=len(stored.keys() - self.attempted),
        )

    def verdict_on(self, store: Store) -> Verdict:
        """Compare all rows of *store*, value by value."""
        rows = store.select(
            "SELECT SpanId, TraceId, SpanName, toUnixTimestamp64Nano(Timestamp) AS ns, Duration, ServiceName, "
            "SpanAttributes['text'] AS text FROM otel_traces"
        )
        return self.verdict(Counter(_number(row) for row in rows), corrupted=_corrupted(rows))


def _text(first: int) -> str:
    """What the spans of the request that begins with the number *first* say."""
    return hashlib.sha256(str(first).encode()).hexdigest() * 3


def _number(row: dict[str, Any]) -> int:
    return int(row["SpanId"], 16)


def _corrupted(rows: Iterable[dict[str, Any]]) -> int:
    return sum(tuple(row.values())[1:] != _expected(_number(row)) for row in rows)


def _expected(number: int) -> tuple[object, ...]:
    """The values of a stored row, but its span id."""
    first = (number - 1) // SPANS_PER_REQUEST * SPANS_PER_REQUEST + 1
    return f"{number:032x}", f"span {number}", START_NS + number, 1000, "test", _text(first)
