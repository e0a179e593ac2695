"""The demo, run once and kept running for the tests that look at what it left."""

import contextlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import script
from support.processes import clean_environment, wait_until
from support.source_tree import ROOT

CONVERSATIONS: Final = 24
TURNS: Final = script.expected_labels(CONVERSATIONS)
BAD: Final = {turn for turn, label in TURNS.items() if label}


@dataclass(frozen=True, slots=True)
class Finished:
    """A demo that was kept running."""

    output: str
    settings: dict[str, str]

    def spanmill(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run ``spanmill ARGUMENTS`` against the demo's spanmill."""
        command = [sys.executable, "-m", "spanmill", *arguments]
        environment = clean_environment(**self.settings)
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    def sql(self, statement: str) -> list[dict[str, Any]]:
        """Ask the demo's ClickHouse."""
        rows: list[dict[str, Any]] = json.loads(self.spanmill("sql", "--json", statement).stdout)
        return rows


@contextlib.contextmanager
def kept_running() -> Iterator[Finished]:
    """Run the demo, keep its spanmill running while the block is, and stop it as its last line says."""
    command = [sys.executable, "examples/support_bot/demo.py", "--keep", "--conversations", str(CONVERSATIONS)]
    done = subprocess.run(command, cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"Stop it: kill (\d+) (\d+)", done.stdout)
    assert found
    pids = [int(pid) for pid in found.groups()]
    try:
        exports = re.search(r"\. (\S+settings\.sh)", done.stdout)
        assert exports
        lines = Path(exports[1]).read_text().splitlines()
        settings = dict(shlex.split(line)[1].partition("=")[::2] for line in lines)
        yield Finished(done.stdout, settings)
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not any(map(is_running, pids)), "the demo's processes to end")


def is_running(pid: int) -> bool:
    """Whether a process *pid* exists and is no zombie."""
    with contextlib.suppress(OSError):
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    return False
