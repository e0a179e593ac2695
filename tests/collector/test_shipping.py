"""From the log to the store: exactly once, in spite of everything that fails on the way."""

import asyncio
import contextlib
import os
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from spanmill_collector.accounts.metrics import Metrics
from spanmill_collector.budget import ByteBudget
from spanmill_collector.errors import Reason
from spanmill_collector.lane import dead_letters
from spanmill_collector.options import Options
from spanmill_collector.shipping import courier
from spanmill_collector.shipping.replay import replay
from spanmill_collector.wal.committer import Committer
from spanmill_collector.wal.folder import DAMAGED, WalFolder
from spanmill_collector.wal.log import WriteAheadLog
from spanmill_store.ingest_ledger import LedgerRow
from support.collectors import EXPORT_LOGS, EXPORT_METRICS, running_collector
from support.otlp import logs_request, metrics_request, record, record_bytes, trace_request
from support.processes import wait_until
from support.sinks import MemorySink, SignalSink


def request(*numbers: int) -> bytes:
    """A serialised request with one span per number."""
    return trace_request(numbers).SerializeToString()


def log_of(options: Options) -> Path:
    """The folder of the write-ahead log."""
    return options.data_dir / "wal" / "1" / "traces"


def segments_in(folder: Path) -> list[str]:
    """Names of the segments that still lie in the log."""
    return sorted(path.name for path in folder.iterdir() if path.suffix in {".open", ".sealed"})


def test_a_stop_leaves_no_segment_behind(options: Options, sink: MemorySink) -> None:
    """What was acknowledged a moment before is shipped on the way out."""
    with running_collector(replace(options, segment_max_age_s=60), sink) as collector:
        collector.export(request(1))
        assert sink.numbers() == []
    assert sink.numbers() == [1]
    assert segments_in(log_of(options)) == []


def test_a_store_that_is_away_gets_everything_when_it_is_back(options: Options, sink: MemorySink) -> None:
    """Segments wait, are sent again under the same name, and arrive once."""
    sink.is_away = True
    with running_collector(options, sink) as collector:
        for number in range(1, 6):
            collector.export(request(number))
        wait_until(lambda: max(Counter(sink.attempts).values(), default=0) >= 2, "a second attempt", 10)
        sink.is_away = False
        wait_until(lambda: sink.numbers() == [1, 2, 3, 4, 5], "the spans", 10)


def test_what_a_stop_could_not_ship_is_shipped_by_the_next_start(options: Options, sink: MemorySink) -> None:
    """A stop while the store is away is quick and loses nothing."""
    sink.is_away = True
    with running_collector(options, sink) as collector:
        collector.export(request(1))
        collector.export(request(2))
    assert segments_in(log_of(options)) != []
    sink.is_away = False
    with running_collector(options, sink):
        wait_until(lambda: sink.numbers() == [1, 2], "the spans", 10)
    assert segments_in(log_of(options)) == []


def test_a_replayed_segment_is_stored_once(options: Options, sink: MemorySink) -> None:
    """A crash between insert and removal repeats the insert with the same token."""
    log_of(options).mkdir(parents=True)
    (log_of(options) / "old-1-1.sealed").write_bytes(record_bytes(7))
    sink.insert("traces", [record_bytes(7)], "old-1-1")
    with running_collector(options, sink):
        wait_until(lambda: sink.attempts == ["old-1-1"] * 2, "the replay", 10)
    assert sink.numbers() == [7]


def test_a_damaged_segment_is_cut_and_the_rest_shipped(options: Options, sink: MemorySink) -> None:
    """The torn tail of a killed process is set aside, the whole records before it arrive."""
    whole, torn = record_bytes(1), record_bytes(2)[:-1]
    log_of(options).mkdir(parents=True)
    (log_of(options) / "old-1-1.open").write_bytes(whole + torn)
    (log_of(options) / "old-2-2.open").touch()
    with running_collector(options, sink):
        wait_until(lambda: sink.numbers() == [1], "the whole record", 10)
    assert segments_in(log_of(options)) == []
    (kept,) = (log_of(options) / DAMAGED).glob("*.bytes")
    assert kept.read_bytes() == torn
    assert "torn" in kept.with_suffix(".reason").read_text()


def test_all_signals_are_shipped(options: Options, sink: MemorySink) -> None:
    """Each has a log of its own, and none holds another one up."""
    with running_collector(options, sink) as collector:
        collector.export(logs_request([1]).SerializeToString(), EXPORT_LOGS)
        collector.export(metrics_request([1]).SerializeToString(), EXPORT_METRICS)
        collector.export(request(1))
        wait_until(lambda: sink.numbers() == [1] and all(sink.others.values()), "all three", 10)
    assert all(segments_in(path) == [] for path in log_of(options).parent.iterdir())


class TestRefusedSegments:
    """A segment that ClickHouse refuses: everything in it is stored but the request to blame."""

    def test_only_the_request_to_blame_is_set_aside(self, options: Options, sink: MemorySink) -> None:
        """Its neighbours are stored once, and it lies in the dead letters with the reason."""
        sink.is_away, sink.poison = True, 13
        with running_collector(options, sink) as collector:
            for number in range(10, 20):
                collector.export(request(number))
            sink.is_away = False
            wait_until(lambda: sink.numbers() == [10, 11, 12, 14, 15, 16, 17, 18, 19], "the others", 20)
            wait_until(lambda: len(list(dead_letters(options.data_dir, "traces"))) == 1, "the dead letter", 10)
            collector.export(request(20))
            wait_until(lambda: 20 in sink.numbers(), "what comes after it", 10)
        (letter,) = dead_letters(options.data_dir, "traces")
        assert letter.note.reason == "ClickHouse refused: the test says so"
        assert (letter.note.items, letter.note.project) == (1, "default")

    def test_a_dead_letter_is_in_the_books(self, options: Options, sink: MemorySink) -> None:
        """It was accepted, and it is not stored: the ledger says both, once."""
        sink.poison = 13
        with running_collector(options, sink) as collector:
            collector.export(request(13))
            wait_until(lambda: bool(sink.ledger), "the ledger", 10)
        assert [(row.outcome, row.items) for row in sink.ledger] == [("accepted", 1), ("dead_lettered", 1)]

    def test_a_dead_letter_is_sent_again_on_request(self, options: Options, sink: MemorySink) -> None:
        """Once the cause is mended it is stored, taken back from the books and removed."""
        sink.poison = 13
        with running_collector(options, sink) as collector:
            collector.export(request(13))
            wait_until(lambda: len(list(dead_letters(options.data_dir, "traces"))) == 1, "the dead letter", 10)
        letters = dead_letters(options.data_dir, "traces")
        again = list(replay(letters, lambda signal: opened(sink, signal)))
        assert [one.reason for one in again] == ["ClickHouse refused: the test says so"]
        sink.poison = None
        assert [one.reason for one in replay(letters, lambda signal: opened(sink, signal))] == [None]
        assert sink.numbers() == [13]
        assert list(letters) == []
        assert books(sink.ledger) == {"accepted": 0, "dead_lettered": 0}

    def test_a_server_in_trouble_does_not_bury_good_requests(
        self, options: Options, sink: MemorySink, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A refusal that does not blame the data is tried again whole, for a while."""
        monkeypatch.setattr(courier, "PATIENCE", 2)  # ten attempts take half a minute
        sink.poison, sink.code = 13, 49  # LOGICAL_ERROR
        with running_collector(options, sink) as collector:
            collector.export(request(13))
            wait_until(lambda: len(sink.attempts) == 2, "two attempts", 10)
            assert list(dead_letters(options.data_dir, "traces")) == []
            wait_until(lambda: len(list(dead_letters(options.data_dir, "traces"))) == 1, "the end of patience", 20)


@contextlib.contextmanager
def opened(sink: MemorySink, signal: str) -> Iterator[SignalSink]:
    """The side of *sink* for *signal*."""
    yield SignalSink(sink, signal)


def books(rows: list[LedgerRow]) -> dict[str, int]:
    """Items by outcome."""
    found: dict[str, int] = defaultdict(int)
    for row in rows:
        found[row.outcome] += row.items
    return dict(found)


def test_a_segment_that_somebody_removed_blocks_nothing(options: Options, sink: MemorySink) -> None:
    """The next segments go on."""
    sink.is_away = True
    with running_collector(options, sink) as collector:
        collector.export(request(1))
        wait_until(lambda: bool(sink.attempts), "an attempt", 10)
        (segment,) = log_of(options).glob("*.sealed")
        segment.unlink()
        collector.export(request(2))
        sink.is_away = False
        wait_until(lambda: sink.numbers() == [2], "the second span", 10)


def test_requests_that_wait_together_share_one_sync(tmp_path: Path) -> None:
    """While the disk is busy with one commit, all that arrive form the next."""
    syncs: list[int] = []

    def slow_sync(fd: int) -> None:
        syncs.append(fd)
        time.sleep(0.02)
        os.fdatasync(fd)

    async def commit_all() -> None:
        folder = WalFolder.open(tmp_path / "wal", time.time_ns)
        budget = ByteBudget(1_000_000, Reason.WAL_FULL, "full")
        log = WriteAheadLog(folder, slow_sync, 1_000_000)
        committer = Committer("traces", log, budget, 1_000_000, Metrics())
        await asyncio.gather(*(committer.commit(record(number)) for number in range(1, 101)))
        await committer.close()
        assert budget.used_bytes == sum(segment.size_bytes for segment in committer.sealed)
        folder.close()

    asyncio.run(commit_all())
    assert len(syncs) <= 3
