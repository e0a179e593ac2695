"""What a spool cannot keep, in real processes: counted, told in one line, and never raised."""

import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.processes import free_port, wait_until
from support.programs import Run
from support.receiver import Receiver, Reply, receiver
from support.spooling import Place, names, steps


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """With nobody there yet."""
    return Place("grpc", tmp_path / "spool", (free_port(), free_port()))


@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[Receiver, Place]]:
    """An HTTP server that answers as it is told, and the place of it."""
    with receiver() as running:
        yield running, Place("http/protobuf", tmp_path / "spool", (free_port(), running.port))


def test_a_full_folder(place: Place) -> None:
    """The newest are turned away and counted; what lies there is sent."""
    with place.job({"SPANMILL_SPOOL_MAX_BYTES": str(5 * 4096)}) as job:
        for begin in range(0, 70, 10):
            assert job.ask(f"record {begin} {begin + 10}") == (True, {"spool full": begin - 40} if begin > 40 else {})
        assert place.spans() == steps(0, 50)
        with place.collector() as collector:
            wait_until(lambda: not place.files(), "the spool to be emptied", 60)
            assert job.ask("record 70 80") == (True, {"spool full": 20})
            said = job.end()
            assert names(collector) == steps(0, 50) + steps(70, 80)
    assert "(spool full) spans or scores" in said


def test_damaged_files(place: Place) -> None:
    """They are counted by how many spans their names say, removed, and in nobody's way; others are left alone."""
    with place.job() as job:
        for begin in range(0, 40, 10):
            job.ask(f"record {begin} {begin + 10}")
        job.end()
    cut, changed, empty, whole = place.files()
    os.truncate(cut, cut.stat().st_size // 2)
    changed.write_bytes(changed.read_bytes().replace(b"step", b"stop"))
    empty.write_bytes(b"")
    place.folder.joinpath("README").write_text("not ours")
    with place.collector() as collector, place.job() as job:
        assert job.ask("record 40 41")[0]
        wait_until(lambda: not whole.exists(), "the spool to be emptied", 60)
        assert job.ask("record 41 42") == (True, {"spool corrupt": 30})
        assert "(spool corrupt)" in job.end()
        assert names(collector) == steps(30, 42)
    assert [path.name for path in place.files()] == ["README"]


@pytest.mark.parametrize("is_file", [True, False], ids=["file", "below a file"])
def test_a_folder_that_cannot_be_made(place: Place, is_file: bool) -> None:
    """One sentence, and all is as without a spool."""
    folder = place.folder if is_file else place.folder / "below"
    place.folder.write_text("a file")
    with place.collector() as collector, place.job({"SPANMILL_SPOOL_DIR": str(folder)}) as job:
        assert job.ask("record 0 10") == (True, {})
        said = job.end()
        assert names(collector) == steps(0, 10)
    assert said.startswith("spanmill could not use the spool, and goes on without it: ")
    assert said.count("\n") == 1


def test_a_disk_that_takes_nothing(python: Run, place: Place) -> None:
    """As without a spool: what was not sent waits in memory, and is counted where there is no more time."""
    program = f"""
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (10, {resource.RLIM_INFINITY}))
import spanmill
spanmill.init("job")
with spanmill.span("step 0"):
    pass
print(spanmill.flush(0.5))
spanmill.shutdown()
print(spanmill.lost())
"""
    done = python(program, **place.variables)
    assert (done.returncode, done.stdout) == (0, "False\n{'process ended': 1}\n"), done.stderr
    failed, lost = done.stderr.splitlines()
    assert failed.startswith("spanmill could not write to the spool: OSError: ")
    assert lost.startswith("spanmill lost 1 (process ended) spans or scores.")
    assert place.files() == []


def test_what_is_refused_for_good(web: tuple[Receiver, Place]) -> None:
    """One batch of the spool and one of a living process: counted, removed, and in nobody's way."""
    server, place = web
    server.respond = lambda _: Reply(503)
    with place.job() as job:
        for begin in range(0, 30, 10):
            assert job.ask(f"record {begin} {begin + 10}") == (True, {})
        refused = (b"step 15", b"step 35")
        server.respond = lambda request: Reply(400 if any(word in request.body for word in refused) else 200)
        wait_until(lambda: not place.files(), "the spool to be emptied", 60)
        assert job.ask("record 30 40") == (True, {"refused": 20})
        assert job.ask("record 40 50") == (True, {"refused": 20})
        assert "(refused)" in job.end()


def test_a_wrong_key_loses_nothing(web: tuple[Receiver, Place]) -> None:
    """Nor does a collector that has no room, or a proxy that does not find it."""
    server, place = web
    with place.job() as job:
        for number, status in enumerate((401, 403, 408, 429, 502, 503, 504)):
            server.respond = lambda _, status=status: Reply(status)  # type: ignore[misc] # bound now
            assert job.ask(f"record {number} {number + 1}") == (True, {})
        assert place.spans() == steps(0, 7)
        server.respond = lambda _: Reply(200)
        wait_until(lambda: not place.files(), "the spool to be emptied", 60)
        assert job.ask("record 7 8") == (True, {})
        job.end()
