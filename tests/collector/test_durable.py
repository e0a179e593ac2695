"""What must survive a power cut: the bytes and the names, each synced."""

import os
from pathlib import Path

import pytest

from spanmill_collector.durable import make_folder, write_file
from spanmill_collector.shipping.dead_letters import DeadLetters, Note

NOTE = Note("traces", "segment/3+1", "no", "default", "", 1_795_600_000_000_000_000, 1)


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every file and folder that was synced, in order."""
    found: list[Path] = []
    fsync = os.fsync

    def watch(descriptor: int) -> None:
        found.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watch)
    return found


pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="/proc tells which file is synced")


def test_a_file_and_its_name_are_synced(tmp_path: Path, synced: list[Path]) -> None:
    """The folder last, as the name is there only then."""
    write_file(tmp_path / "a", [b"x", memoryview(b"y")])
    assert (tmp_path / "a").read_bytes() == b"xy"
    assert synced == [tmp_path / "a.new", tmp_path]


def test_the_names_of_new_folders_are_synced(tmp_path: Path, synced: list[Path]) -> None:
    """In each folder that got one; where all exist, nothing is to be done."""
    make_folder(tmp_path / "a" / "b")
    assert set(synced) == {tmp_path, tmp_path / "a"}
    synced.clear()
    make_folder(tmp_path / "a" / "b")
    assert synced == []


def test_a_dead_letter_is_durable_before_its_segment_goes(tmp_path: Path, synced: list[Path]) -> None:
    """Request, note, and both names."""
    folder = tmp_path / "dead-letter" / "traces"
    DeadLetters(folder).keep(b"bytes", NOTE)
    assert synced[-2:] == [folder / "segment-3+1.request.new", folder]
    assert {tmp_path, tmp_path / "dead-letter"} <= set(synced)


def test_an_interrupted_note_leaves_the_last_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A letter that was refused again can always be listed."""
    letters = DeadLetters(tmp_path)
    letter = letters.keep(b"bytes", NOTE)

    def killed(_descriptor: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", killed)
        with pytest.raises(KeyboardInterrupt):
            letter.with_reason("never")
    assert [(one.note.reason, one.read()) for one in letters] == [("no", b"bytes")]
