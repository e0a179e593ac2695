"""What is measured: servers in scratch folders on free ports, ended by process id, and what they use."""

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Self

from benchmarks.load import Order, Outcome
from spanmill_store.client import Store
from spanmill_store.migrations import migrate
from support.collectors import CollectorProcess, collector_process
from support.servers import ClickHouseServer, clickhouse_server

ROOT: Final = Path(__file__).parents[1]
_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Site:
    """A ClickHouse with our schema, and a collector that ships into it."""

    clickhouse: ClickHouseServer
    collector: CollectorProcess
    store: Store


@contextlib.contextmanager
def spanmill_site(folder: Path, *arguments: str) -> Iterator[Site]:
    """Run ClickHouse and collector in *folder*."""
    with clickhouse_server(folder) as clickhouse, Store.connect(f"{clickhouse.url}/spanmill") as store:
        migrate(store)
        with collector_process(folder, f"{clickhouse.url}/spanmill", *arguments) as collector:
            yield Site(clickhouse, collector, store)


@contextlib.contextmanager
def load(order: Order) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Prepare a load generator; the block gets what lets it start."""
    values = json.dumps(asdict(order) | {"shape": list(order.shape)})
    command = [sys.executable, "-m", "benchmarks.load", values]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            assert child.stdout.readline() == "ready\n", "the load generator did not get ready"

            def start() -> subprocess.Popen[str]:
                assert child.stdin is not None
                child.stdin.write("go\n")
                child.stdin.flush()
                return child

            yield start
        finally:
            child.kill()


def outcome_of(child: subprocess.Popen[str]) -> Outcome:
    """Wait for a load generator and read what it says."""
    assert child.stdout is not None
    return Outcome(**json.loads(child.stdout.readline()))


def send(order: Order) -> Outcome:
    """Run a load generator to its end."""
    with load(order) as start:
        return outcome_of(start())


@dataclass(frozen=True, slots=True)
class Shipped:
    """A load that was followed until everything was visible."""

    outcome: Outcome
    visible_s: float

    @property
    def visible_per_s(self) -> float:
        """Spans, from the first call until the last one is in a query's result."""
        return self.outcome.spans / (self.visible_s - self.outcome.began_s)


def send_until_visible(order: Order, count: Callable[[], int], timeout_s: float = 300) -> Shipped:
    """Run a load and poll *count* until it has grown by all spans."""
    wanted = count() + order.requests * order.shape.spans
    with load(order) as start:
        child = start()
        deadline = time.time() + timeout_s
        while count() < wanted:
            if time.time() > deadline:
                message = f"{wanted - count()} spans were not visible after {timeout_s} s"
                raise TimeoutError(message)
            time.sleep(0.1)
        return Shipped(outcome_of(child), time.time())


def cpu_s(*pids: int) -> float:
    """Processor time that processes have used, without that of their children."""
    return sum(_cpu_s(pid) for pid in pids)


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def resident_mb(pid: int, *, peak: bool = False) -> float:
    """Resident memory of a process, now or at its peak."""
    name = "VmHWM:" if peak else "VmRSS:"
    return int(Path(f"/proc/{pid}/status").read_text().partition(name)[2].split()[0]) / 1000


class Sampler:
    """Calls a function every second in a thread, and keeps what it says."""

    def __init__(self, read: Callable[[], float], every_s: float = 1.0) -> None:
        self._read = read
        self._every_s = every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.values: list[float] = []

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._every_s):
            self.values.append(self._read())
