"""The demo's child processes: each writes to a log file, each is ended by its process id."""

import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

START_TIMEOUT_S: Final = 60.0
STOP_TIMEOUT_S: Final = 15.0
POLL_S: Final = 0.1


class DemoError(Exception):
    """The demo cannot go on; the message is one sentence for its reader."""


class Child:
    """A running program and the file that holds what it printed."""

    def __init__(self, command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> None:
        """Start *command* in a session of its own, so that Ctrl-C in the terminal reaches only the demo."""
        self.log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                list(command), stdout=output, stderr=subprocess.STDOUT, env=environment, start_new_session=True
            )

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def has_printed(self, line: str) -> bool:
        """Whether *line* stands in the log; an error if the program has ended."""
        printed = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        if line not in printed and self._process.poll() is not None:
            last = printed[-1] if printed else "nothing"
            raise DemoError(f"{self.log.stem} ended with exit code {self._process.returncode}; its last line: {last}")
        return line in printed

    def last_line(self) -> str:
        """What the program printed last, or nothing."""
        printed = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return printed[-1] if printed else ""

    def exit_code(self) -> int | None:
        """The program's exit code, None while it runs."""
        return self._process.poll()

    def stop(self) -> int:
        """Ask the program to end, insist after a while, and return its exit code."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_TIMEOUT_S)
        if self._process.poll() is None:
            os.killpg(self.pid, signal.SIGKILL)
        return self._process.wait()


def free_ports(count: int) -> list[int]:
    """Return *count* ports on loopback that nobody listens on at this moment."""
    with contextlib.ExitStack() as probes:
        sockets = [probes.enter_context(socket.socket()) for _ in range(count)]
        for probe in sockets:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in sockets]


def wait_until_printed(child: Child, line: str) -> None:
    """Wait until *child* has printed *line*."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while not child.has_printed(line):
        if time.monotonic() > deadline:
            raise DemoError(f"{child.log.stem} did not say {line!r} within {START_TIMEOUT_S:.0f} s: see {child.log}.")
        time.sleep(POLL_S)


def wait_until_answers(child: Child, url: str) -> None:
    """Wait until a GET of *url*, which *child* serves, succeeds."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        with contextlib.suppress(urllib.error.URLError, OSError), urllib.request.urlopen(url, timeout=1):  # noqa: S310 - loopback
            return
        if child.exit_code() is not None or time.monotonic() > deadline:
            raise DemoError(f"Nothing answers at {url}: see {child.log}.")
        time.sleep(POLL_S)
