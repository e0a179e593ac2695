"""Figures, and the page that they are written to."""

import json
import os
import platform
import statistics
import subprocess
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from benchmarks.sites import ROOT

PAGE: Final = ROOT / "BENCHMARKS.md"
KEPT: Final = ROOT / "benchmarks" / "results"
PACKAGES: Final = ("chdb-core", "clickhouse-connect", "grpcio", "protobuf", "uvloop", "isal")


@dataclass(frozen=True, slots=True)
class Figure:
    """
    Something measured, several times.

    Attributes:
        values: One for each round.
        target: What the issue asks for, empty where it asks for nothing.
        note: What must be known to read it.
    """

    name: str
    values: list[float]
    unit: str
    target: str = ""
    note: str = ""

    @property
    def median(self) -> float:
        """The middle of the rounds."""
        return statistics.median(self.values)

    def row(self) -> str:
        """A line of the table."""
        spread = f"{_shown(min(self.values))} … {_shown(max(self.values))}" if len(self.values) > 1 else "one run"
        return f"| {self.name} | {_shown(self.median)} {self.unit} | {spread} | {self.target} | {self.note} |"


def _shown(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


@dataclass(frozen=True, slots=True)
class Run:
    """What was measured, where and when."""

    command: str
    commit: str
    time: str
    machine: str
    versions: str


def this_run(command: str) -> Run:
    """The run that begins now."""
    return Run(
        command=command,
        commit=_git("rev-parse", "--short=12", "HEAD") + (" with changes" if _git("status", "--porcelain") else ""),
        time=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        machine=_machine(),
        versions=f"Python {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in PACKAGES),
    )


def keep(area: str, part: str, run: Run, figures: list[Figure]) -> None:
    """Keep the *figures* of a part of an area in the place of its last ones, and write the page anew."""
    KEPT.mkdir(exist_ok=True)
    path = KEPT / f"{area}.json"
    parts = json.loads(path.read_text()) if path.exists() else {}
    parts[part] = {"run": asdict(run), "figures": [asdict(figure) for figure in figures]}
    path.write_text(json.dumps(parts, indent=2) + "\n")
    write_page()


def kept(area: str, part: str) -> list[Figure]:
    """The last figures of a part."""
    parts = json.loads((KEPT / f"{area}.json").read_text())
    return [Figure(**values) for values in parts[part]["figures"]]


def write_page() -> None:
    """Write BENCHMARKS.md from what is kept."""
    intro = (
        "# Benchmarks\n\nWritten by `make bench`. Medians of the rounds; load generator, ClickHouse and what is\n"
        "measured share the machine's cores. Machines of the cloud are noisy: compare ratios within a table.\n"
    )
    PAGE.write_text("\n".join([intro, *(_section(path) for path in sorted(KEPT.glob("*.json")))]))


def _section(path: Path) -> str:
    parts = json.loads(path.read_text())
    runs: dict[Run, None] = {Run(**part["run"]): None for part in parts.values()}
    number = {run: index for index, run in enumerate(runs, 1)}
    lines = [f"## {path.stem.capitalize()}", ""]
    lines += [
        f"{number[run]}. `{run.command}`, {run.time}, commit {run.commit}. {run.machine}. {run.versions}."
        for run in runs
    ]
    lines += ["", "| what | median | range | asked for | note | run |", "|---|---|---|---|---|---|"]
    for part in parts.values():
        figures = [Figure(**values) for values in part["figures"]]
        lines += [f"{figure.row()} {number[Run(**part['run'])]} |" for figure in figures]
    return "\n".join(lines) + "\n"


def _machine() -> str:
    cpuinfo = Path("/proc/cpuinfo").read_text()
    model = cpuinfo.partition("model name")[2].partition("\n")[0].strip("\t :")
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return f"{os.cpu_count()} cores of {model}, {memory_gb:.0f} GB, {platform.system()} {platform.release()}"


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
