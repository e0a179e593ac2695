"""`spanmill up` as a user meets it: a real start, a real stop, and what it says when it cannot start."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from spanmill_deploy.places import READY_LINE
from support.processes import clean_environment, wait_until
from support.servers import answers
from support.source_tree import ROOT

PORT_OPTIONS = ("--otlp-grpc-port", "--otlp-http-port", "--clickhouse-port", "--redis-port")


class Up:
    """A running `spanmill up` on free ports, its output in files."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.data_dir = folder / "data"
        self._out, self._err = folder / "out", folder / "err"
        ports = [text for option in PORT_OPTIONS for text in (option, "0")]
        command = [sys.executable, "-m", "spanmill", "up", "--data-dir", str(self.data_dir), *ports, *arguments]
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(command, stdout=out, stderr=err, env=clean_environment())

    @property
    def log(self) -> str:
        """What was logged up to now."""
        return self._err.read_text("utf-8")

    def places(self) -> dict[str, str]:
        """Wait for the ready line and return the addresses that were printed before it."""
        wait_until(self._is_ready, f"{READY_LINE!r}, see {self._err}")
        first, ready = self._out.read_text("utf-8").splitlines()
        assert ready == READY_LINE
        found: dict[str, str] = json.loads(first)
        return found

    def processes(self) -> dict[int, str]:
        """Processes that this run started and that still live, with their command lines."""
        mark = f"SPANMILL_DATA_DIR={self.data_dir}\0".encode()
        found = {}
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                # Valkey writes its title over its environment, but its folder is in the data directory.
                is_below = process.joinpath("cwd").readlink().is_relative_to(self.data_dir)
                if is_below or mark in process.joinpath("environ").read_bytes():
                    found[int(process.name)] = process.joinpath("cmdline").read_text("utf-8").replace("\0", " ")
        return found

    def _is_ready(self) -> bool:
        if self.process.poll() is not None:
            message = f"`spanmill up` ended with {self.process.returncode}:\n{self.log[-3000:]}"
            raise RuntimeError(message)
        return READY_LINE in self._out.read_text("utf-8").splitlines()


@contextlib.contextmanager
def running(folder: Path, *arguments: str) -> Iterator[Up]:
    """Run `spanmill up` until the block is left."""
    folder.mkdir(exist_ok=True)
    up = Up(folder, "--json", *arguments)
    try:
        yield up
    finally:
        up.process.kill()
        up.process.wait()


@pytest.mark.demo
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="asks /proc which processes are left")
class TestWhole:
    """Everything that `spanmill up` starts."""

    def test_start_restart_stop(self, tmp_path: Path) -> None:
        """Every part answers, a killed collector comes back, and SIGTERM ends everything with 0 in time."""
        with running(tmp_path, "--workers", "1", "--rules", str(ROOT / "deploy/rules")) as up:
            ready = up.places()["OTLP/HTTP"] + "/health/ready"
            assert answers(ready)
            [collector] = [pid for pid, command in up.processes().items() if command.endswith("spanmill collector ")]
            os.kill(collector, signal.SIGKILL)
            wait_until(lambda: up.log.count("collector answers") == 2, "the collector's return")
            assert answers(ready)
            up.process.terminate()
            asked = time.monotonic()
            assert up.process.wait(15) == 0
            assert time.monotonic() - asked < 10  # the promise itself, not a measurement
            assert up.processes() == {}
            assert '"message": "collector ended with signal 9' in up.log
            assert "did not stop in time" not in up.log

    def test_killed_and_started_again(self, tmp_path: Path) -> None:
        """After SIGKILL nothing lingers, and the next start on the same data directory succeeds at once."""
        with running(tmp_path) as up:
            up.places()
            up.process.kill()
            up.process.wait()
            with running(tmp_path) as again:
                again.places()
                assert len(again.processes()) == len({"clickhouse", "valkey", "collector", "planner"})
                again.process.send_signal(signal.SIGINT)
                assert again.process.wait(15) == 0
            assert again.processes() == {}


def refusal(*arguments: str, **environment: str) -> tuple[int, str]:
    """Exit code and message of a `spanmill up` that does not start."""
    command = [sys.executable, "-m", "spanmill", "up", *arguments]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env=clean_environment(**environment), timeout=60
    )
    assert done.stdout == ""
    return done.returncode, done.stderr


class TestRefusal:
    """What keeps it from starting is one sentence."""

    def test_port(self, tmp_path: Path) -> None:
        """A port in use ends it with 1, names the port and the setting, and nothing was started."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            code, said = refusal("--data-dir", str(tmp_path), "--otlp-http-port", str(port))
        assert code == 1
        assert said.startswith(f"Error: Port {port} (SPANMILL_OTLP_HTTP_PORT) is in use by ")
        assert said.count("\n") == 1

    def test_setting(self) -> None:
        """A value that does not fit, given as an option or a variable, ends it with 1 and one line."""
        code, said = refusal("--workers", "many")
        assert (code, said.count("\n")) == (1, 1)
        assert "SPANMILL_WORKERS='many'" in said
        code, said = refusal(SPANMILL_RULEZ="rules.yaml")
        assert (code, said) == (1, "Error: Unknown setting SPANMILL_RULEZ: did you mean SPANMILL_RULES?\n")

    def test_prices(self, tmp_path: Path) -> None:
        """A mistake in the price file is told before anything is started."""
        file = tmp_path / "prices.yaml"
        file.write_text("prices:\n  - {model: m, input_mtok: 1}\n", encoding="utf-8")
        free = [text for option in PORT_OPTIONS for text in (option, "0")]
        code, said = refusal("--data-dir", str(tmp_path / "data"), "--prices", str(file), *free)
        assert (code, said.count("\n")) == (1, 1)
        assert said.startswith(f"Error: {file}, line 2: 'output_mtok' is missing")

    def test_usage(self) -> None:
        """An unknown option ends it with 2."""
        code, said = refusal("--port", "1")
        assert code == 2
        assert "No such option" in said
