"""From the log to the store: exactly once, in spite of everything that fails on the way."""

import asyncio
import os
import time
from dataclasses import replace
from pathlib import Path

from spanmill_collector.budget import ByteBudget
from spanmill_collector.committer import Committer
from spanmill_collector.errors import Reason
from spanmill_collector.folder import DAMAGED, DEAD_LETTER, WalFolder
from spanmill_collector.frames import frame
from spanmill_collector.metrics import Metrics
from spanmill_collector.options import Options
from spanmill_collector.wal import WriteAheadLog
from support.collectors import running_collector
from support.otlp import trace_request
from support.processes import wait_until
from support.sinks import MemorySink


def request(*numbers: int) -> bytes:
    """A serialised request with one span per number."""
    return trace_request(numbers).SerializeToString()


def log_of(options: Options) -> Path:
    """The folder of the write-ahead log."""
    return options.data_dir / "wal" / "traces"


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
        wait_until(lambda: len(sink.attempts) >= 2, "two attempts", 10)
        assert len(set(sink.attempts)) == 1
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
    (log_of(options) / "old-1-1.sealed").write_bytes(b"".join(frame(request(7), "default", 1)))
    with sink, (log_of(options) / "old-1-1.sealed").open("rb") as segment:
        sink.insert(segment, "old-1-1")
    with running_collector(options, sink):
        wait_until(lambda: sink.attempts == ["old-1-1"] * 2, "the replay", 10)
    assert sink.numbers() == [7]


def test_a_damaged_segment_is_cut_and_the_rest_shipped(options: Options, sink: MemorySink) -> None:
    """The torn tail of a killed process is set aside, the whole records before it arrive."""
    whole, torn = b"".join(frame(request(1), "default", 1)), b"".join(frame(request(2), "default", 1))[:-1]
    log_of(options).mkdir(parents=True)
    (log_of(options) / "old-1-1.open").write_bytes(whole + torn)
    (log_of(options) / "old-2-2.open").touch()
    with running_collector(options, sink):
        wait_until(lambda: sink.numbers() == [1], "the whole record", 10)
    assert segments_in(log_of(options)) == []
    (kept,) = (log_of(options) / DAMAGED).glob("*.bytes")
    assert kept.read_bytes() == torn
    assert "torn" in kept.with_suffix(".reason").read_text()


def test_a_segment_that_is_refused_for_good_blocks_nothing(options: Options, sink: MemorySink) -> None:
    """It goes to the dead letters with the reason, the next segments go on."""
    sink.poison = 13
    with running_collector(options, sink) as collector:
        collector.export(request(13))
        wait_until(lambda: bool(list((log_of(options) / DEAD_LETTER).glob("*.sealed"))), "the dead letter", 10)
        collector.export(request(14))
        wait_until(lambda: sink.numbers() == [14], "the next span", 10)
    (reason,) = (log_of(options) / DEAD_LETTER).glob("*.reason")
    assert reason.read_text() == "ClickHouse refused: the test says so\n"


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
        committer = Committer(WriteAheadLog(folder, slow_sync, 1_000_000), budget, 1_000_000, Metrics())
        await asyncio.gather(*(committer.commit(frame(request(number), "p", 1)) for number in range(1, 101)))
        await committer.close()
        assert budget.used_bytes == sum(segment.size_bytes for segment in committer.sealed)
        folder.close()

    asyncio.run(commit_all())
    assert len(syncs) <= 3
