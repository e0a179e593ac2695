"""
Several collectors on one pair of ports: the kernel spreads connections over them, and each has a log of its own.

This process only starts them, starts again what dies, and passes a stop on.
"""

import logging
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from typing import Final

from spanmill_collector.edges.ports import bind
from spanmill_collector.errors import CollectorError
from spanmill_store.settings import Settings

logger = logging.getLogger(__name__)

RESTART_S: Final = 1.0
FIRST_SECONDS: Final = 3.0
"""A collector that ends by itself so soon after it was started does not like its settings."""


def run_fleet(settings: Settings, arguments: Sequence[str]) -> None:
    """
    Run as many collectors as *settings* say until SIGTERM or Ctrl-C, each with *arguments* and its number.

    Raises:
        CollectorError: A port is taken, or a collector cannot start.
    """
    # Shared ports would let a stranger's collector take part: make sure that nobody has them.
    for port, setting in ((settings.otlp_grpc_port, "GRPC"), (settings.otlp_http_port, "HTTP")):
        bind(settings.host, port, f"SPANMILL_OTLP_{setting}_PORT").close()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    keepers = [_Keeper(number, arguments, stop) for number in range(1, settings.collectors + 1)]
    for keeper in keepers:
        keeper.start()
    for keeper in keepers:
        keeper.join()
    if any(keeper.has_given_up for keeper in keepers):
        raise CollectorError("A collector ended as soon as it was started: its last line above says why.")


class _Keeper(threading.Thread):
    """Keeps one collector running."""

    def __init__(self, number: int, arguments: Sequence[str], stop: threading.Event) -> None:
        super().__init__(name=f"collector-{number}")
        self._command = [sys.executable, "-P", "-m", "spanmill", *arguments, "--number", str(number), "--leash"]
        self._stop_all = stop
        self.has_given_up = False

    def run(self) -> None:
        """Start the collector, and again when it dies, until the stop."""
        while not self._stop_all.is_set():
            began = time.monotonic()
            with subprocess.Popen(self._command, stdin=subprocess.PIPE) as child:
                self._watch(child)
            if self._stop_all.is_set():
                return
            logger.warning("%s ended with %d, starting it again", self.name, child.returncode)
            if child.returncode > 0 and time.monotonic() - began < FIRST_SECONDS:
                self.has_given_up = True
                self._stop_all.set()
            self._stop_all.wait(RESTART_S)

    def _watch(self, child: subprocess.Popen[bytes]) -> None:
        while child.poll() is None:
            if self._stop_all.wait(0.1):
                child.send_signal(signal.SIGTERM)
                child.wait()
