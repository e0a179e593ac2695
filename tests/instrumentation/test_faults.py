"""Whatever fails inside the shim, its host does what it does without one."""

import json
import sys
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from support import faults
from support.otlp_receiver import Receiver
from support.processes import free_port
from support.programs import Run

SPANS = {"look up", "add", "counts", "waits", "streams", "call", "block"}


@pytest.fixture
def break_all(start: Run) -> Any:
    """Breaks one function after the other, see `faults`."""

    def run(*arguments: str, **variables: str) -> CompletedProcess[str]:
        program = Path(faults.__file__)
        return start(sys.executable, str(program), *arguments, PYTHONPATH=str(program.parents[1]), **variables)

    return run


def test_no_fault_reaches_the_host(break_all: Any, receiver: Receiver) -> None:
    """Every function of the shim made to raise, one after the other: results, errors and the exit stay the host's."""
    done = break_all(receiver.grpc_url)
    assert done.returncode == 0, done.stderr[-2000:]
    outcome = json.loads(done.stdout)
    assert outcome["noticed"] == {}
    assert outcome["broken"] > 90
    assert "Traceback" not in done.stderr
    assert {span.name for span in receiver.spans} >= SPANS


@pytest.mark.parametrize("is_away", [False, True], ids=["there", "away"])
def test_no_fault_of_the_spool_reaches_the_host(
    break_all: Any, receiver: Receiver, tmp_path: Path, is_away: bool
) -> None:
    """The same of all that it uses, with the collector there and away."""
    spool = tmp_path / "spool"
    url = f"http://127.0.0.1:{free_port()}" if is_away else receiver.grpc_url
    done = break_all(url, "spool.", "_outbox.Outbox.", SPANMILL_SPOOL_DIR=str(spool))
    assert done.returncode == 0, done.stderr[-2000:]
    outcome = json.loads(done.stdout)
    assert outcome["noticed"] == {}
    assert outcome["broken"] > 60
    assert "Traceback" not in done.stderr
    assert bool(list(spool.glob("*.traces"))) is is_away
    assert bool(receiver.spans) is not is_away
