"""Child processes for tests: started on free ports, awaited until they answer, always ended by process id."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

READY_TIMEOUT_S = 60.0
TESTS = Path(__file__).parents[1]


def free_port() -> int:
    """A TCP port on loopback that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def clean_environment(**extra: str) -> dict[str, str]:
    """The environment of this process without spanmill's and OpenTelemetry's variables, plus *extra*."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SPANMILL_", "OTEL_"))}
    return kept | extra


def wait_until(condition: Callable[[], bool], what: str, timeout_s: float = READY_TIMEOUT_S) -> None:
    """Poll *condition* until it holds; fail with *what* was awaited after *timeout_s*."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            message = f"waited {timeout_s} s for {what}"
            raise TimeoutError(message)
        time.sleep(0.02)


@contextlib.contextmanager
def spanmill(
    *arguments: str, log: Path, environment: Mapping[str, str] | None = None, module: str = "spanmill"
) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``spanmill ARGUMENTS`` (or *module*, a test's own too), its output in *log*, while the block runs."""
    given = dict(environment) if environment is not None else clean_environment()
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdout=output,
            stderr=subprocess.STDOUT,
            env=given | {"PYTHONPATH": str(TESTS)},
        )
    try:
        yield process
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes], timeout_s: float = 15.0) -> int:
    """Ask *process* to end, insist after *timeout_s*, and return its exit code."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()
