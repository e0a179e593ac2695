"""The folder of a spool, and in which order what lies in it is sent."""

import logging
import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanmill._losses import Losses
from spanmill._target import Signal
from spanmill.spool import folder as folders
from spanmill.spool.folder import Folder
from spanmill.spool.resending import MAX_FAILURES, Resender
from spanmill.spool.verdicts import Health, Verdict

SIGNALS: tuple[Signal, ...] = ("traces", "logs")


class Collector:
    """Takes requests, or says what it is told to."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.verdicts: dict[bytes, Verdict] = {}
        self.tries: Counter[bytes] = Counter()
        self.said = "as it was told"

    def send(self, data: bytes) -> Verdict:
        """Take it, unless told otherwise."""
        self.tries[data] += 1
        verdict = self.verdicts.get(data, Verdict.TAKEN)
        if verdict is Verdict.TAKEN:
            self.taken.append(data)
        return verdict

    def open(self) -> "Collector":
        """It is its own connection."""
        return self

    def close(self) -> None:
        """Nothing is held."""


class World:
    """A folder, a collector, and a clock that only tests move."""

    def __init__(self, path: Path, max_bytes: int = folders.MAX_BYTES) -> None:
        self.now_s = 0.0
        self.folder = Folder(path, max_bytes)
        self.collector = Collector()
        self.losses = Losses(logging.getLogger("spanmill"))
        health = {signal: Health(lambda: self.now_s) for signal in SIGNALS}
        connections: dict[Signal, Any] = dict.fromkeys(SIGNALS, self.collector)
        self.resender = Resender(self.folder, connections, health, self.losses, lambda: self.now_s)

    def empty(self, seconds: int = 2) -> None:
        """Send what can be sent within so many seconds."""
        for _ in range(seconds):
            self.now_s += 1
            while self.resender.resend():
                pass


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Nothing lies there."""
    return World(tmp_path / "spool")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(SIGNALS), st.binary(max_size=20)), max_size=12))
def test_the_oldest_is_sent_first(batches: list[tuple[Signal, bytes]]) -> None:
    """Of whichever signal, and each as it was written."""
    with tempfile.TemporaryDirectory() as path:
        world = World(Path(path))
        for name, data in batches:
            assert world.folder.write(name, 1, data)
        world.empty()
        assert world.collector.taken == [data for _, data in batches]
        assert list(Path(path).iterdir()) == []


def test_a_batch_that_the_collector_does_not_get_over(world: World) -> None:
    """It is tried some times, before those behind it; then it is counted as refused, and they are sent."""
    for data in (b"a", b"poison", b"z"):
        world.folder.write("traces", 3, data)
    world.collector.verdicts[b"poison"] = Verdict.FAILED
    world.empty(200)
    assert world.collector.taken == [b"a", b"z"]
    assert world.collector.tries[b"poison"] == MAX_FAILURES
    assert world.losses.totals() == {"refused": 3}


def test_an_outage_is_no_failure_of_a_batch(world: World) -> None:
    """However long it is, and only the oldest is tried meanwhile."""
    for data in (b"a", b"b"):
        world.folder.write("traces", 1, data)
    world.collector.verdicts[b"a"] = Verdict.AWAY
    world.empty(500)
    assert world.collector.taken == []
    assert world.collector.tries[b"b"] == 0
    del world.collector.verdicts[b"a"]
    world.empty(20)
    assert world.collector.taken == [b"a", b"b"]
    assert world.losses.totals() == {}


def test_one_signal_is_not_in_the_way_of_the_other(world: World) -> None:
    """Collectors that take spans may have no place for logs."""
    for name, data in (("logs", b"l"), ("traces", b"t")):
        world.folder.write(name, 1, data)  # type: ignore[arg-type] # a signal
    world.collector.verdicts[b"l"] = Verdict.AWAY
    world.empty(5)
    assert world.collector.taken == [b"t"]


def test_damaged_ones_are_counted(world: World) -> None:
    """By their names, and removed."""
    world.folder.write("traces", 7, b"whole")
    [path] = world.folder.path.iterdir()
    path.write_bytes(b"hole")
    world.empty()
    assert (world.collector.taken, world.losses.totals()) == ([], {"spool corrupt": 7})
    assert list(world.folder.path.iterdir()) == []


def test_there_is_a_limit_for_all_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In blocks of the disk, so that small files count as what they take; what was sent makes room."""
    monkeypatch.setattr(folders, "WEIGH_S", -1.0)
    one, other = World(tmp_path, 3 * 4096), World(tmp_path, 3 * 4096)
    assert one.folder.write("traces", 1, b"a")
    assert other.folder.write("traces", 1, b"b" * 4097)
    assert not one.folder.write("traces", 1, b"c")
    other.empty()
    assert one.folder.write("traces", 1, b"c")


def test_nothing_is_left_of_a_write_that_failed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a full disk."""

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        world.folder.write("traces", 1, b"a")
    assert list(world.folder.path.iterdir()) == []


def test_a_folder_that_was_removed_is_made_again(world: World) -> None:
    """By those who clean up."""
    world.folder.path.rmdir()
    assert world.folder.waiting() == []
    assert world.folder.write("traces", 1, b"a")
    world.empty()
    assert world.collector.taken == [b"a"]


def test_what_is_not_ours_is_left_alone(world: World, tmp_path: Path) -> None:
    """Other names, links, files of others; what a killed process left is removed after a while."""
    world.folder.write("traces", 1, b"a")
    [ours] = world.folder.path.iterdir()
    name = ours.name
    elsewhere = ours.rename(tmp_path / "elsewhere")
    ours.symlink_to(elsewhere)
    fresh, stale = (world.folder.path / f"{part}-{name}.part" for part in (1, 2))
    for path in (fresh, stale, world.folder.path / "README"):
        path.touch()
    os.utime(stale, (1, 1))
    world.empty()
    assert world.collector.taken == []
    assert {path.name for path in world.folder.path.iterdir()} == {name, fresh.name, "README"}


CLAIM = """
import sys
from pathlib import Path
from spanmill.spool.folder import Folder
folder = Folder(Path(sys.argv[1]))
with folder.claimed(folder.waiting()[0]) as data:
    print(data, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def claimant(world: World) -> Iterator["subprocess.Popen[str]"]:
    """Another process that has claimed the oldest of two."""
    for data in (b"a", b"b"):
        world.folder.write("traces", 1, data)
    command = [sys.executable, "-c", CLAIM, str(world.folder.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "b'a'\n"
        yield child
        child.kill()


def test_what_another_process_sends_is_left_to_it(world: World, claimant: "subprocess.Popen[str]") -> None:
    """Until it dies, however that may be."""
    world.empty()
    assert world.collector.taken == [b"b"]
    claimant.send_signal(signal.SIGKILL)
    claimant.wait()
    world.empty()
    assert world.collector.taken == [b"b", b"a"]


def test_what_another_process_has_sent_meanwhile(world: World) -> None:
    """It was listed, and is gone, or about to be."""
    world.folder.write("traces", 1, b"a")
    [waiting] = world.folder.waiting()
    with world.folder.claimed(waiting) as data:
        assert data == b"a"
        world.folder.remove(waiting)
    with world.folder.claimed(waiting) as data:
        assert data is None
