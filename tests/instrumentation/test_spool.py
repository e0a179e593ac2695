"""A spool in real processes: what a collector did not take lies on the disk, and is sent when it does."""

import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import leaks
from support.planted import secrets
from support.processes import free_port, wait_until
from support.programs import Run
from support.spooling import Place, names, steps


@pytest.fixture(params=["grpc", "http/protobuf"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """With nobody there yet."""
    return Place(request.param, tmp_path / "spool", (free_port(), free_port()))


@pytest.fixture
def silent() -> Iterator[int]:
    """A port on which connections are accepted, and nothing is answered."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_what_a_job_leaves_is_sent_by_the_next(place: Place) -> None:
    """Spans and scores of a job that ended while the collector was away; one line says that it was."""
    with place.job() as job:
        job.tell("record 0 1000")
        job.tell("score 7")
        said = job.end()
    assert said.count("\n") == 1
    assert said.startswith(f"spanmill keeps in {place.folder} what it cannot send: ")
    assert (place.spans(), place.scores()) == (steps(0, 1000), 1)
    with place.collector() as collector:
        with place.job() as job:
            assert job.ask("record 1000 1001") == (True, {})
            assert job.end() == ""
        assert names(collector) == steps(0, 1001)
        assert [log.attributes["session.id"] for log in collector.logs] == ["7"]
    assert place.files() == []


def test_nobody_else_may_read_it(place: Place) -> None:
    """Neither the folder nor the files, whatever the umask."""
    with place.job() as job:
        job.ask("record 0 5")
        job.end()
    assert stat.S_IMODE(place.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in place.files()} == {0o600}


def test_an_outage_that_memory_would_not_hold(place: Place) -> None:
    """Memory holds 100 spans: none of 3,000 is lost, and all arrive when the collector is back, the oldest first."""
    small = {"OTEL_BSP_MAX_QUEUE_SIZE": "100", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "50"}
    with place.job(small) as job:
        for begin in range(0, 3000, 50):
            assert job.ask(f"record {begin} {begin + 50}") == (True, {})
        with place.collector() as collector:
            wait_until(lambda: not place.files(), "the spool to be emptied", 60)
            assert [span.name for span in collector.spans] == list(steps(0, 3000))
            assert job.ask("record 3000 3001") == (True, {})
            job.end()
            assert names(collector) == steps(0, 3001)


def test_a_collector_that_restarts(place: Place) -> None:
    """Twice; what is recorded meanwhile arrives as well as what is recorded before and after, and nothing twice."""
    begin = 0
    with place.job() as job:
        for _ in range(2):
            with place.collector() as collector:
                assert job.ask(f"record {begin} {begin + 10}") == (True, {})
                wait_until(lambda: not place.files(), "the spool to be emptied", 60)
                seen = names(collector)
            assert seen == steps(max(0, begin - 10), begin + 10)
            assert job.ask(f"record {begin + 10} {begin + 20}") == (True, {})
            begin += 20
        assert place.spans() == steps(begin - 10, begin)


def test_two_processes_with_one_folder(place: Place) -> None:
    """Whoever has written it: each span arrives, and none twice."""
    small = {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "10"}
    with place.job(small) as one, place.job(small) as other:
        one.tell("record 0 600")
        other.tell("record 600 1200")
        assert (one.answer(), other.answer()) == ((True, {}), (True, {}))
        assert len(place.files()) >= 120
        with place.collector() as collector:
            wait_until(lambda: not place.files(), "the spool to be emptied", 60)
            one.end()
            other.end()
            assert names(collector) == steps(0, 1200)


def test_a_collector_that_hangs_while_a_job_ends(place: Place, silent: int) -> None:
    """It has connected and gets no answer: half of the time it hopes, then it writes."""
    with place.job({"SPANMILL_ENDPOINT": f"http://127.0.0.1:{silent}"}, exit_timeout_s=5) as job:
        job.tell("make 0 1500")
        job.end()
    assert place.spans() == steps(0, 1500)


def test_forked_children_leave_nothing_unwritten(place: Place) -> None:
    """They end with ``os._exit``; what they leave, the next child sends."""
    with place.job() as job:
        assert job.ask("fork 0 20") == (3, {})
        assert job.ask("record 20 30") == (True, {})
        assert job.ask("fork 30 50") == (3, {})
        assert place.spans() == steps(0, 50)
        with place.collector() as collector:
            assert job.ask("fork 50 51") == (3, {})
            wait_until(lambda: not place.files(), "the spool to be emptied", 60)
            job.end()
            assert names(collector) == steps(0, 51)


def test_a_child_ends_while_the_collector_hangs(place: Place, silent: int) -> None:
    """What it has no time to send is written before its end."""
    with place.job({"SPANMILL_ENDPOINT": f"http://127.0.0.1:{silent}"}, exit_timeout_s=4) as job:
        assert job.ask("fork 0 300") == (3, {})
        assert place.spans() == steps(0, 300)


@pytest.mark.parametrize("mask", ["", "none"])
def test_secrets_are_not_written(python: Run, place: Place, mask: str) -> None:
    """What lies there has passed the mask; where that is off, all of them are found, so that this test can fail."""
    planted = [secret for secret in secrets() if secret.kind in {"api_key", "jwt", "card"}]
    done = python(
        "import spanmill\nspanmill.init('leaky')\n"
        + "".join(
            f"with spanmill.span('step', input={secret.text!r}): pass\n"
            f"spanmill.score('q', 1, reason={secret.text!r}, session_id='s')\n"
            for secret in planted
        ),
        SPANMILL_MASK=mask,
        **place.variables,
    )
    assert done.returncode == 0, done.stderr
    assert place.spans()["step"] == place.scores() == len(planted)
    found = leaks.in_files(place.folder, [secret.needle for secret in planted])
    assert len(found) == (len(planted) if mask else 0)
    assert bool(leaks.in_files(place.folder, ["hidden by spanmill"])) is not bool(mask)
