"""Whatever fails inside the shim, its host does what it does without one."""

import json
import sys
from pathlib import Path

from support import faults
from support.otlp_receiver import Receiver
from support.programs import Run


def test_no_fault_reaches_the_host(start: Run, receiver: Receiver) -> None:
    """Every function of the shim made to raise, one after the other: results, errors and the exit stay the host's."""
    program = Path(faults.__file__)
    done = start(sys.executable, str(program), receiver.grpc_url, PYTHONPATH=str(program.parents[1]))
    assert done.returncode == 0, done.stderr[-2000:]
    outcome = json.loads(done.stdout)
    assert outcome["noticed"] == {}
    assert outcome["broken"] > 90
    assert "Traceback" not in done.stderr
    assert {"look up", "add", "counts", "waits", "streams", "call", "block"} <= {span.name for span in receiver.spans}
