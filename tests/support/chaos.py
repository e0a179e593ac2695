"""Kills of a collector, of its ClickHouse, and of both, at random moments, while an oracle posts."""

import contextlib
import random
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen
from typing import Final

from support.collectors import collector_process
from support.oracle import Oracle
from support.processes import free_port
from support.servers import clickhouse_server

VICTIMS: Final = (("collector",), ("ClickHouse",), ("collector", "ClickHouse"))


class Victim:
    """A process that is killed and started again on the same data and the same ports."""

    def __init__(self, start: Callable[[], AbstractContextManager[Popen[bytes]]]) -> None:
        self._start = start
        self._running = contextlib.ExitStack()
        self._child: Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._child = self._running.enter_context(self._start())

    def kill(self) -> None:
        """Send SIGKILL, and wait until it is dead."""
        assert self._child is not None
        self._child.kill()
        self._child.wait()
        self._running.close()

    def stop(self) -> None:
        """End it properly."""
        self._running.close()


@dataclass(slots=True)
class Chaos:
    """
    What was done.

    Attributes:
        kills: How often which processes were killed together.
        left: Segments that lay in the log of a killed collector, whose replay follows.
    """

    kills: dict[str, int] = field(default_factory=dict)
    left: int = 0


@dataclass(frozen=True, slots=True)
class Site:
    """A collector and a ClickHouse with their data in one folder."""

    folder: Path
    url: str
    grpc_port: int
    victims: dict[str, Victim]

    def segments(self) -> list[Path]:
        """Segments in the log of traces."""
        return list((self.folder / "data" / "wal" / "1" / "traces").glob("*-*-*"))


@contextlib.contextmanager
def site(folder: Path, database: str) -> Iterator[Site]:
    """Run a ClickHouse and, once it is started, a collector, until the block is left."""
    clickhouse_port, ports = free_port(), (free_port(), free_port())
    url = f"http://127.0.0.1:{clickhouse_port}/{database}"

    @contextlib.contextmanager
    def clickhouse() -> Iterator[Popen[bytes]]:
        with clickhouse_server(folder, clickhouse_port) as server:
            yield server.child

    @contextlib.contextmanager
    def collector() -> Iterator[Popen[bytes]]:
        with collector_process(folder, url, ports=ports) as running:
            yield running.child

    victims = {"ClickHouse": Victim(clickhouse), "collector": Victim(collector)}
    victims["ClickHouse"].start()
    try:
        yield Site(folder, url, ports[0], victims)
    finally:
        for victim in reversed(victims.values()):
            victim.stop()


def kill_at_random(place: Site, oracle: Oracle, kills: int, chosen: random.Random) -> Chaos:
    """Kill, and start again a little later, so many times; everything runs afterwards."""
    done = Chaos()
    for number in range(kills):
        names = VICTIMS[number % len(VICTIMS)] if number < len(VICTIMS) else chosen.choice(VICTIMS)
        oracle.wait_for_acknowledgements(chosen.randint(10, 100))
        time.sleep(chosen.uniform(0, 0.3))
        for name in names:
            place.victims[name].kill()
        if "collector" in names:
            done.left += len(place.segments())
        else:
            # The log fills while ClickHouse is away.
            oracle.wait_for_acknowledgements(chosen.randint(1, 30))
        for name in reversed(names):
            place.victims[name].start()
        label = " and ".join(names)
        done.kills[label] = done.kills.get(label, 0) + 1
    return done
