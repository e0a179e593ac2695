"""Kills at random: what was acknowledged is there afterwards, once, and nothing that nobody sent."""

import itertools
import random
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Self

import grpc
import pytest

from spanmill_collector.options import Options
from spanmill_store.client import Store
from spanmill_store.otlp.ingest import SignalIngest
from support.collectors import EXPORT, collector_process, running_collector
from support.otlp import record_bytes, trace_request
from support.processes import free_port, stop, wait_until
from support.sinks import MemorySink

KILLS = 3
SPANS_PER_REQUEST = 7
NOWHERE = "http://127.0.0.1:1/none"


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

    def _post(self) -> None:
        options = [("grpc.min_reconnect_backoff_ms", 50), ("grpc.initial_reconnect_backoff_ms", 50)]
        with grpc.insecure_channel(self._target, options=[*options, ("grpc.max_reconnect_backoff_ms", 100)]) as channel:
            call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(EXPORT)
            while not self._stop.is_set():
                numbers = self._take()
                try:
                    call(trace_request(numbers).SerializeToString(), timeout=5)
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

    def wait_for_acknowledgements(self, count: int = 100) -> None:
        """Wait until *count* more spans were acknowledged."""
        enough = len(self.acknowledged) + count
        wait_until(lambda: len(self.acknowledged) >= enough, "acknowledgements", 20)

    def verdict(self, stored: Counter[int]) -> dict[str, int]:
        """Compare what is *stored*, by number, with what was acknowledged."""
        return {
            "missing": len(self.acknowledged - stored.keys()),
            "duplicated": sum(1 for count in stored.values() if count > 1),
            "spurious": len(stored.keys() - self.attempted),
        }


GOOD = {"missing": 0, "duplicated": 0, "spurious": 0}


def post_while_killing(folder: Path, clickhouse_url: str) -> Oracle:
    """Post while the collector is killed and started again; the last one is stopped properly."""
    ports = (free_port(), free_port())
    with Oracle(f"127.0.0.1:{ports[0]}") as oracle:
        for _ in range(KILLS):
            with collector_process(folder, clickhouse_url, ports=ports) as running:
                oracle.wait_for_acknowledgements()
                time.sleep(random.uniform(0, 0.5))
                running.child.kill()
                running.child.wait()
        with collector_process(folder, clickhouse_url, ports=ports) as running:
            oracle.wait_for_acknowledgements()
            # Still posting: a stop finishes what is under way and refuses the rest.
            assert stop(running.child) == 0
    return oracle


def left_in_log(folder: Path) -> list[Path]:
    """Segments that were not shipped."""
    return list((folder / "data" / "wal" / "1" / "traces").glob("*-*-*"))


def test_a_killed_collector_keeps_every_acknowledged_span(tmp_path: Path, sink: MemorySink) -> None:
    """Without a store the log alone carries everything over the kills."""
    oracle = post_while_killing(tmp_path, NOWHERE)
    options = Options(tmp_path / "data", NOWHERE, grpc_port=free_port(), http_port=free_port())
    with running_collector(options, sink):
        wait_until(lambda: not left_in_log(tmp_path), "an empty log", 20)
    assert oracle.verdict(Counter(sink.numbers())) == GOOD


@pytest.mark.clickhouse
def test_kills_while_shipping_neither_lose_nor_double(tmp_path: Path, store: Store, database_url: str) -> None:
    """With a store, segments are cut off in the middle of an insert and replayed; the rows come out even."""
    oracle = post_while_killing(tmp_path, database_url)
    assert left_in_log(tmp_path) == []
    assert oracle.verdict(stored_spans(store)) == GOOD


@pytest.mark.clickhouse
def test_a_segment_that_was_stored_before_the_kill_is_not_stored_again(
    tmp_path: Path, store: Store, database_url: str
) -> None:
    """A kill between insert and removal leaves a segment that ClickHouse knows; its replay changes nothing."""
    log = tmp_path / "data" / "wal" / "1" / "traces"
    log.mkdir(parents=True)
    segment = log / "run-0000000001-1.sealed"
    segment.write_bytes(record_bytes(*range(1, 51)))
    with SignalIngest(database_url, "traces") as ingest, segment.open("rb") as body:
        ingest.insert(body, segment.stem)
    with collector_process(tmp_path, database_url):
        wait_until(lambda: not segment.exists(), "the replay", 20)
    assert stored_spans(store) == Counter(range(1, 51))


def stored_spans(store: Store) -> Counter[int]:
    """How often each span number is stored."""
    rows = store.select("SELECT SpanId, count() AS copies FROM otel_traces GROUP BY SpanId")
    return Counter({int(row["SpanId"], 16): int(row["copies"]) for row in rows})
