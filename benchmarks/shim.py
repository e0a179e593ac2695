"""What an application pays for being watched: beside OpenTelemetry's bare SDK, and beside the SDKs of others."""

import contextlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

from benchmarks.collector import scratch
from benchmarks.figures import Figure
from benchmarks.rivals import environment
from benchmarks.sink import sink
from benchmarks.sites import ROOT
from support.bare_environment import bare_python
from support.processes import free_port, wait_until
from support.servers import answers

CALLS: Final = 2000
"""In a burst: as many as the queue of OpenTelemetry's own processor holds, so that none is dropped and so for free."""

MANY: Final = 1_000_000
REQUESTS: Final = 400
PROGRAM: Final = Path(__file__).with_name("observed_calls.py")
RIVALS: Final = {
    "logfire": ("logfire==5.4.0",),
    "langfuse": ("langfuse==5.0.4",),
    "traceloop": ("traceloop-sdk==0.62.4", "httpx==0.28.1"),  # which it imports and does not ask for
}
OURS: Final = ("bare", "spanmill", "spanmill_unmasked")


@dataclass(frozen=True, slots=True)
class Subject:
    """A process that observes calls with one SDK."""

    child: "subprocess.Popen[str]"

    def measured(self, calls: int) -> dict[str, float]:
        """Let it make so many calls."""
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        self.child.stdin.write(f"{calls}\n")
        self.child.stdin.flush()
        # Some say a word of their own first.
        line = next((line for line in self.child.stdout if line.startswith("{")), "")
        assert line, "the process ended"
        said: dict[str, float] = json.loads(line)
        return said


@contextlib.contextmanager
def _subject(name: str, port: int) -> Iterator[Subject]:
    python = environment(*RIVALS[name]) / "python" if name in RIVALS else Path(sys.executable)
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("OTEL_", "SPANMILL_", "PYTHONPATH"))}
    command = [str(python), str(PROGRAM), name, str(port)]
    with subprocess.Popen(
        command, text=True, env=kept, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as child:
        try:
            yield Subject(child)
        finally:
            child.kill()


def shim(rounds: int) -> list[Figure]:
    """Cost of a call in bursts, side by side; then a million calls of ours, for memory and losses."""
    with sink() as running, contextlib.ExitStack() as stack:
        subjects = {name: stack.enter_context(_subject(name, running.port)) for name in (*OURS, *RIVALS)}
        taken: dict[str, list[dict[str, float]]] = {name: [] for name in subjects}
        for _ in range(rounds * 8):
            for name, subject in subjects.items():
                taken[name].append(subject.measured(CALLS))
    figures = [figure for name in subjects for figure in _costs(name, taken)]
    return [*figures, *_served(rounds), *_many(), _imported(rounds)]


def _imported(rounds: int) -> Figure:
    """Importing it in the bare install, in a fresh process each."""
    program = "import time; began_s = time.perf_counter(); import spanmill; print(time.perf_counter() - began_s)"
    with scratch() as folder:
        command = [str(bare_python(folder / "bare")), "-c", program]
        times_ms = [float(subprocess.check_output(command)) * 1000 for _ in range(rounds * 10)]
    return Figure("import spanmill", times_ms, "ms", "< 150", "in an environment of its own")


def _costs(name: str, taken: dict[str, list[dict[str, float]]]) -> Iterator[Figure]:
    """Of the calling thread, and of the whole process; ratios to the bare SDK in the same round."""
    for what, key in (("the thread that calls", "thread_us"), ("the process, until it is sent", "process_us")):
        own = [one[key] for one in taken[name]]
        ratios = [one[key] / base[key] for one, base in zip(taken[name], taken["bare"], strict=True)]
        note = f"{statistics.median(ratios):.2f} × the bare SDK ({min(ratios):.2f} … {max(ratios):.2f})"
        target = "≤ 1.15 × bare" if (name, key) == ("spanmill", "thread_us") else ""
        yield Figure(f"an observed call, {name.replace('_', ', ')}: CPU of {what}", own, "µs", target, note)


@contextlib.contextmanager
def _server(name: str, sink_port: int) -> Iterator[HTTPConnection]:
    """An application that is watched by *name*, and a connection to it."""
    port = free_port()
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("OTEL_", "SPANMILL_"))}
    command = [sys.executable, "-m", "benchmarks.served_requests", name, str(port), str(sink_port)]
    with subprocess.Popen(command, cwd=ROOT, env=kept) as child:
        try:
            wait_until(lambda: answers(f"http://127.0.0.1:{port}/openapi.json"), "the application")
            with contextlib.closing(HTTPConnection("127.0.0.1", port)) as connection:
                yield connection
        finally:
            child.kill()


def _served(rounds: int) -> Iterator[Figure]:
    """Latency of a small FastAPI application, ours and bare in turn with every request: both meet the same noise."""
    with sink() as running, _server("bare", running.port) as bare, _server("spanmill", running.port) as ours:
        pairs = [_latencies_us(bare, ours) for _ in range(rounds * 5 + 1)][1:]
    ratios = [of_ours / of_bare for of_bare, of_ours in pairs]
    note = (
        f"median of {REQUESTS} requests; {statistics.median(ratios):.3f} × bare ({min(ratios):.3f} … {max(ratios):.3f})"
    )
    yield Figure("a request of FastAPI, bare SDK", [pair[0] for pair in pairs], "µs")
    yield Figure("a request of FastAPI, spanmill", [pair[1] for pair in pairs], "µs", "≤ 1.03 × bare", note)


def _latencies_us(bare: HTTPConnection, ours: HTTPConnection) -> tuple[float, float]:
    taken = [(_latency_s(bare), _latency_s(ours)) for _ in range(REQUESTS)]
    return statistics.median(pair[0] for pair in taken) * 1e6, statistics.median(pair[1] for pair in taken) * 1e6


def _latency_s(connection: HTTPConnection) -> float:
    body = json.dumps({"question": "Where is the order that I made last week?"})
    began_s = time.perf_counter()
    connection.request("POST", "/ask", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    response.read()
    assert response.status == 200
    return time.perf_counter() - began_s


def _many() -> Iterator[Figure]:
    """A million calls in one process, without a pause: how much it remembers, how much arrives."""
    with sink() as running, _subject("spanmill", running.port) as subject:
        before = subject.measured(20_000)
        running.keeps = True
        arrived, last = 0, before
        rates = []
        for _ in range(MANY // 10_000):
            last = subject.measured(10_000)
            rates.append(last["calls_per_s"])
            arrived += running.spans()
    grown_mb = last["peak_mb"] - before["peak_mb"]
    yield Figure("memory over a million spans", [grown_mb], "MB more", "flat", f"peak {last['peak_mb']:.0f} MB")
    yield Figure("spans that did not arrive, of a million", [MANY - arrived], "", "0", "bursts of 10,000 at full speed")
    yield Figure("spans/s in a burst of 10,000, one process", rates[:20], "spans/s", "≥ 10,000", "none dropped")
