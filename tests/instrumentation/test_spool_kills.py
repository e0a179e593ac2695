"""Processes that are killed while they write to the spool, or send from it: what was acknowledged arrives."""

import random
import signal
import threading
import time
from pathlib import Path

import pytest

from spanmill._losses import SPOOL_CORRUPT
from support.processes import free_port, wait_until
from support.spooling import Job, Place, names, steps

ROUNDS = 8


@pytest.fixture(params=["grpc", "http/protobuf"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """With nobody there yet."""
    return Place(request.param, tmp_path / "spool", (free_port(), free_port()))


def kill_soon(job: Job, within_s: float) -> threading.Thread:
    """Kill it at some moment, while it goes on."""

    def kill() -> None:
        time.sleep(random.uniform(0, within_s))
        job.child.send_signal(signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    return thread


def acknowledged(job: Job, begin: int) -> int:
    """Let it record ten spans after the other until it is killed; where those end that it has said are safe."""
    while True:
        try:
            returned, lost = job.ask(f"record {begin} {begin + 10}")
        except (BrokenPipeError, ValueError):  # killed before it was asked, or before it has answered
            return begin
        assert (returned, lost) == (True, {})
        begin += 10


def test_killed_while_writing(place: Place) -> None:
    """Each time at another moment; the next process finds nothing that it stumbles over."""
    begin, safe = 0, steps(0, 0)
    for _ in range(ROUNDS):
        with place.job() as job:
            assert job.ask(f"record {begin} {begin + 1}") == (True, {})
            killer = kill_soon(job, 0.3)
            end = acknowledged(job, begin + 1)
            killer.join()
        safe += steps(begin, end)
        begin = end + 10
    with place.collector() as collector, place.job() as job:
        assert job.ask(f"record {begin} {begin + 1}") == (True, {})
        wait_until(lambda: not [path for path in place.files() if path.suffix != ".part"], "an empty spool", 60)
        assert SPOOL_CORRUPT not in job.ask(f"record {begin + 1} {begin + 2}")[1]
        assert job.end() == ""
        assert safe.keys() - names(collector).keys() == set()
    assert len(safe) > ROUNDS


def test_killed_while_sending(place: Place) -> None:
    """Each claim ends with its process; what was sent and not yet removed comes twice at most for each death."""
    with place.job({"OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "10"}) as job:
        assert job.ask("record 0 3000") == (True, {})
    with place.collector() as collector:
        for _ in range(ROUNDS):
            before = len(collector.spans)
            with place.job() as job:
                job.tell("record 3000 3001")
                wait_until(lambda before=before: len(collector.spans) > before, "the first", 60)  # type: ignore[misc]
                kill_soon(job, 0.05).join()
        with place.job() as job:
            assert job.ask("record 3001 3002")[0]
            wait_until(lambda: not place.files(), "an empty spool", 60)
            assert job.end() == ""
        seen = names(collector)
    assert steps(0, 3000).keys() - seen.keys() == set()
    assert seen.total() - len(seen) <= 11 * ROUNDS
