"""The process: one per directory, clear refusals, clean stops, and nothing lost by SIGKILL."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import clickhouse_connect
import pytest

from support.http_query import ask_on
from support.processes import clean_environment, free_port, spanmill, stop, wait_until
from support.servers import ClickHouseServer, answers, clickhouse_server

pytestmark = pytest.mark.clickhouse
KILLS = 3


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``spanmill clickhouse`` where it is expected to fail."""
    command = [sys.executable, "-m", "spanmill", "clickhouse", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=clean_environment())


def test_a_second_server_names_directory_and_holder(clickhouse: ClickHouseServer) -> None:
    """A second process on the same directory gets one sentence with the directory, the process and the port."""
    done = run("--port", str(free_port()), "--data-dir", str(clickhouse.data_dir))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    for part in (str(clickhouse.data_dir), f"process {clickhouse.pid}", f"port {clickhouse.port}", "--data-dir"):
        assert part in done.stderr


def test_a_port_in_use_is_one_sentence(clickhouse: ClickHouseServer, tmp_path: Path) -> None:
    """The port and the remedy are named."""
    done = run("--port", str(clickhouse.port), "--data-dir", str(tmp_path / "other"))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert f"Port {clickhouse.port}" in done.stderr


def test_an_unusable_directory_is_one_sentence(tmp_path: Path) -> None:
    """A directory that cannot be made is named with the reason."""
    (tmp_path / "file").write_text("")
    done = run("--port", str(free_port()), "--data-dir", str(tmp_path / "file" / "data"))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert str(tmp_path / "file" / "data") in done.stderr


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Port of a server with user and password."""
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "password").write_text("se:cret\n")
    port, log = free_port(), folder / "log"
    options = ("--user", "me", "--password-file", str(folder / "password"))
    with spanmill("clickhouse", "--port", str(port), "--data-dir", str(folder / "data"), *options, log=log):
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/ping"), "the guarded server")
        yield port


@pytest.mark.parametrize(
    ("credentials", "status"),
    [({"user": "me", "password": "se:cret"}, 200), ({"user": "me", "password": "x"}, 403), ({}, 403)],
)
def test_credentials_come_before_everything(guarded: int, credentials: dict[str, str], status: int) -> None:
    """Who has no password does not even get a body unpacked."""
    ask = ask_on(guarded)
    assert ask("SELECT 1", **credentials).status == status
    refused = ask(b"rubbish", headers={"Content-Encoding": "gzip"}, **credentials)
    assert refused.headers["x-clickhouse-exception-code"] == ("271" if status == 200 else "516")


def test_a_client_with_the_password_connects(guarded: int) -> None:
    """clickhouse-connect's Basic authentication is understood."""
    with clickhouse_connect.get_client(host="127.0.0.1", port=guarded, username="me", password="se:cret") as client:
        assert client.command("SELECT 1") == 1


def test_sigterm_lets_running_queries_finish(tmp_path: Path) -> None:
    """A stop ends with code 0 after what was running has been answered."""
    port, log = free_port(), tmp_path / "log"
    with spanmill("clickhouse", "--port", str(port), "--data-dir", str(tmp_path / "data"), log=log) as process:
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/ping"), "the server")
        ask, replies = ask_on(port), []
        running = "SELECT count() FROM system.processes WHERE Settings['log_comment'] = 'slow'"
        thread = threading.Thread(target=lambda: replies.append(ask("SELECT sleep(1)", query_id="slow").text))
        thread.start()
        wait_until(lambda: ask(running).text == "1\n", "the query to run")
        assert stop(process) == 0
        thread.join()
    assert replies == ["0\n"]


def insert_until_killed(port: int, answered: list[int], start: int) -> None:
    """Insert one number after the other and note each that was answered, until nobody answers."""
    ask = ask_on(port)
    number = start
    while True:
        try:
            if ask(f"{number}\n", query="INSERT INTO numbers FORMAT TSV").status == 200:
                answered.append(number)
        except OSError:
            return
        number += 1


def test_sigkill_loses_no_answered_insert(tmp_path: Path) -> None:
    """Whatever was answered before each of several SIGKILLs is there afterwards, once."""
    answered: list[int] = []
    for round_number in range(KILLS):
        with clickhouse_server(tmp_path) as server:
            ask_on(server.port)("CREATE TABLE IF NOT EXISTS numbers (n UInt64) ENGINE = MergeTree ORDER BY n")
            writers = [
                threading.Thread(target=insert_until_killed, args=(server.port, answered, start * 10**9))
                for start in (2 * round_number + 1, 2 * round_number + 2)
            ]
            before = len(answered)
            for writer in writers:
                writer.start()
            wait_until(lambda before=before: len(answered) > before + 50, "some inserts")  # type: ignore[misc]  # a default cannot be inferred
            subprocess.run(["kill", f"-{signal.SIGKILL.value}", str(server.pid)], check=True)
            for writer in writers:
                writer.join()
    with clickhouse_server(tmp_path) as server:
        stored = [int(line) for line in ask_on(server.port)("SELECT n FROM numbers").text.split()]
    assert set(answered) <= set(stored)
    assert len(stored) == len(set(stored))
