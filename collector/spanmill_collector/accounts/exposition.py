"""
What ``/metrics`` shows: the metrics of one collector, or of all that share the port.

A request reaches any of them, so each writes its own numbers to a file every second, and whoever is asked adds what the
others wrote, told apart by the label ``collector``. A collector that is started again begins at zero, as counters may.
"""

import contextlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from prometheus_client import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from spanmill_collector.accounts.metrics import Metrics

PUBLISH_EVERY_S: Final = 1.0


class Exposition:
    """Shows the *metrics* of collector *number*, and of its siblings where there are several *collectors*."""

    def __init__(self, metrics: Metrics, folder: Path, number: int, collectors: int) -> None:
        self._metrics = metrics
        self._folder = folder
        self._number = number
        self._collectors = collectors

    @property
    def is_shared(self) -> bool:
        """Whether there are siblings to publish for."""
        return self._collectors > 1

    def render(self) -> bytes:
        """Render everything in Prometheus' text format."""
        if not self.is_shared:
            return generate_latest(self._metrics.registry)
        return generate_latest(_Families(self._all()))

    def publish(self) -> None:
        """Write this collector's numbers where its siblings find them."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._path(self._number)
        temporary = path.with_suffix(".new")
        temporary.write_text(json.dumps(self._own()), encoding="utf-8")
        temporary.replace(path)

    def withdraw(self) -> None:
        """Take the numbers away: this collector ends."""
        self._path(self._number).unlink(missing_ok=True)

    def _own(self) -> list[dict[str, Any]]:
        return [
            {
                "name": family.name,
                "help": family.documentation,
                "type": family.type,
                "samples": [[sample.name, sample.labels, sample.value] for sample in family.samples],
            }
            for family in self._metrics.registry.collect()
        ]

    def _all(self) -> Iterable[Metric]:
        merged: dict[str, Metric] = {}
        for number in range(1, self._collectors + 1):
            for family in self._own() if number == self._number else self._published(number):
                metric = merged.setdefault(family["name"], Metric(family["name"], family["help"], family["type"]))
                for name, labels, value in family["samples"]:
                    metric.add_sample(name, {**labels, "collector": str(number)}, value)
        return merged.values()

    def _published(self, number: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        with contextlib.suppress(OSError, ValueError):  # it has not begun, or has ended
            found = json.loads(self._path(number).read_text(encoding="utf-8"))
        return found

    def _path(self, number: int) -> Path:
        return self._folder / f"metrics-{number}.json"


class _Families(Collector):
    """A registry's look of ready-made families."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        """Return the families."""
        return self._families
