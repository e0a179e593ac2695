"""The write-ahead log: what is in it is durable and whole, whatever fails."""

import errno
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spanmill_collector.accounts.tally import Account, Amount
from spanmill_collector.errors import CollectorError, WalFailure
from spanmill_collector.wal.folder import DAMAGED, WalFolder
from spanmill_collector.wal.log import WriteAheadLog, sync_for
from spanmill_collector.wal.recovery import recover, repair
from spanmill_collector.wal.segment import Segment
from support.otlp import numbers_in, record, record_bytes, requests_in


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[WalFolder]:
    """A locked folder."""
    opened = WalFolder.open(tmp_path / "wal", time.time_ns)
    yield opened
    opened.close()


def numbers(segment: Segment) -> list[int]:
    """The spans in a sealed segment."""
    return [number for request in requests_in(segment.path.read_bytes()) for number in numbers_in(request)]


class FailingSync:
    """A disk whose sync fails from a given call on."""

    def __init__(self, good_calls: int) -> None:
        self.good_calls = good_calls

    def __call__(self, fd: int) -> None:
        """Sync, or fail as a broken disk does."""
        if self.good_calls == 0:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        self.good_calls -= 1
        os.fdatasync(fd)


def test_appended_records_are_in_the_sealed_segment(folder: WalFolder) -> None:
    """A segment holds its records in order, and its size is the file's."""
    wal = WriteAheadLog(folder, sync_for("fsync"), 10_000)
    wal.append([record(1), record(2)])
    wal.append([record(3)])
    wal.seal()
    (sealed,) = wal.take_sealed()
    assert numbers(sealed) == [1, 2, 3]
    assert sealed.size_bytes == sealed.path.stat().st_size
    assert not sealed.is_suspect
    assert wal.take_sealed() == []


def test_a_commit_of_many_records_is_written_whole(folder: WalFolder) -> None:
    """More buffers than one system call takes are no problem."""
    wal = WriteAheadLog(folder, sync_for("process"), 10_000_000)
    wal.append([record(number) for number in range(1, 2001)])
    wal.seal()
    assert numbers(wal.take_sealed()[0]) == list(range(1, 2001))


def test_a_full_segment_is_sealed_and_the_next_has_another_name(folder: WalFolder) -> None:
    """Names are tokens: none comes twice."""
    wal = WriteAheadLog(folder, sync_for("process"), 1)
    for number in range(1, 6):
        wal.append([record(number)])
    sealed = wal.take_sealed()
    assert [numbers(segment) for segment in sealed] == [[1], [2], [3], [4], [5]]
    assert len({segment.name for segment in sealed}) == 5


def test_names_never_come_again_even_when_the_clock_stands_still(tmp_path: Path) -> None:
    """A restart with the clock set back makes new names."""
    names = set()
    for _ in range(3):
        opened = WalFolder.open(tmp_path / "wal", lambda: 1)
        names |= {opened.new_segment_path().name for _ in range(3)}
        opened.close()
    assert len(names) == 9


def test_a_failed_sync_refuses_the_commit_and_keeps_what_was_durable(folder: WalFolder) -> None:
    """After a failed sync nothing of that commit is shipped, and everything before it is."""
    wal = WriteAheadLog(folder, FailingSync(1), 10_000)
    wal.append([record(1)])
    with pytest.raises(WalFailure, match="cannot be written"):
        wal.append([record(2)])
    (sealed,) = wal.take_sealed()
    assert numbers(sealed) == [1]
    assert not wal.has_open_segment


def test_a_failed_first_commit_leaves_no_file(folder: WalFolder) -> None:
    """A disk that refuses everything does not fill with empty segments."""
    wal = WriteAheadLog(folder, FailingSync(0), 10_000)
    for _ in range(3):
        with pytest.raises(WalFailure):
            wal.append([record(1)])
    assert wal.take_sealed() == []
    assert folder.left_over() == []


def test_the_log_works_again_after_a_failure(folder: WalFolder) -> None:
    """The next commit starts a new file."""
    sync = FailingSync(0)
    wal = WriteAheadLog(folder, sync, 10_000)
    with pytest.raises(WalFailure):
        wal.append([record(1)])
    sync.good_calls = 1
    wal.append([record(2)])
    wal.seal()
    assert [numbers(segment) for segment in wal.take_sealed()] == [[2]]


def test_a_second_collector_gets_a_sentence(folder: WalFolder) -> None:
    """Two processes never share a log."""
    with pytest.raises(CollectorError, match=f"Another collector \\(process {os.getpid()}\\) uses"):
        WalFolder.open(folder.path, time.time_ns)


def test_a_folder_that_cannot_be_made_gets_a_sentence(tmp_path: Path) -> None:
    """The sentence names the folder and the setting."""
    (tmp_path / "file").touch()
    with pytest.raises(CollectorError, match=r"Cannot write to the folder .* SPANMILL_DATA_DIR"):
        WalFolder.open(tmp_path / "file" / "wal", time.time_ns)


def test_open_and_sealed_segments_of_a_dead_process_are_found(folder: WalFolder) -> None:
    """Recovery lists everything that was left, under the names that ClickHouse may already know."""
    wal = WriteAheadLog(folder, sync_for("process"), 1)
    wal.append([record(1)])
    left_open = folder.new_segment_path()
    left_open.write_bytes(record_bytes(2))
    found = recover(folder)
    assert {segment.path for segment in found} == {wal.take_sealed()[0].path, left_open}
    assert all(segment.is_suspect for segment in found)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.integers(1, 4), data=st.data())
def test_damage_is_set_aside_and_everything_else_kept(folder: WalFolder, count: int, data: st.DataObject) -> None:
    """Cut anywhere or change any byte: the damaged record is set aside, all others are kept in order."""
    records = [record_bytes(number) for number in range(1, count + 1)]
    content = bytearray(b"".join(records))
    position = data.draw(st.integers(0, len(content) - 1))
    hit = next(n for n in range(count) if position < sum(map(len, records[: n + 1])))
    is_cut = data.draw(st.booleans())
    if is_cut:
        del content[position:]
    else:
        content[position] ^= 0x55
    path = folder.new_segment_path()
    path.write_bytes(content)
    found = repair(folder, path)
    kept = records[:hit] + ([] if is_cut else records[hit + 1 :])
    assert path.read_bytes() == b"".join(kept)
    assert len(found) == len(kept)
    aside = list((folder.path / DAMAGED).glob(f"{path.stem}-*.bytes"))
    assert sum(map(len, kept)) + sum(file.stat().st_size for file in aside) == len(content)
    assert all(file.with_suffix(".reason").read_text() for file in aside)


def test_a_segment_knows_whose_items_are_in_it(folder: WalFolder) -> None:
    """The books are kept by project and key; a commit that failed is not in them."""
    sync = FailingSync(2)
    wal = WriteAheadLog(folder, sync, 10_000)
    wal.append([record(1, 2, project="a", key_id="k")])
    wal.append([record(3, project="a", key_id="k"), record(4, project="b")])
    with pytest.raises(WalFailure):
        wal.append([record(5)])
    (sealed,) = wal.take_sealed()
    assert dict(sealed.tally) == {Account("a", "k"): Amount(2, 3), Account("b", ""): Amount(1, 1)}
