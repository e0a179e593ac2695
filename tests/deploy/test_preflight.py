"""What is checked before a part is started: one sentence each."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from spanmill_deploy import ports, preflight
from spanmill_deploy.errors import PreflightError
from spanmill_deploy.ports import Port
from spanmill_store.settings import Settings, environment_name
from support.processes import free_port


@pytest.fixture(name="listening")
def _listening() -> Iterator[int]:
    """A port that this process listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def settings_with(name: str, value: str) -> Settings:
    """Settings of which one differs from the defaults."""
    return Settings.from_environment({environment_name(name): value})


class TestPorts:
    """Ports that are about to be bound."""

    def test_in_use(self, listening: int) -> None:
        """A port in use is named with its setting, who holds it, and a free one."""
        with pytest.raises(PreflightError) as refusal:
            ports.require_free([Port("127.0.0.1", listening, "SPANMILL_OTLP_GRPC_PORT")])
        said = str(refusal.value)
        assert said.startswith(f"Port {listening} (SPANMILL_OTLP_GRPC_PORT) is in use by ")
        if Path("/proc/net/tcp").exists():
            assert f"process {os.getpid()} (" in said

    def test_same_port_twice(self) -> None:
        """Two settings with one number are both named."""
        number = free_port()
        twice = [Port("127.0.0.1", number, "SPANMILL_A"), Port("127.0.0.1", number, "SPANMILL_B")]
        with pytest.raises(PreflightError, match=f"SPANMILL_A and SPANMILL_B are both {number}"):
            ports.require_free(twice)

    def test_foreign_address(self) -> None:
        """An address that is not this machine's points to the setting of the host."""
        with pytest.raises(PreflightError, match=r"203\.0\.113\.1.*SPANMILL_HOST"):
            ports.require_free([Port("203.0.113.1", 4317, "SPANMILL_OTLP_GRPC_PORT")])

    def test_free(self) -> None:
        """Free ports pass, and stay free."""
        port = Port("127.0.0.1", free_port(), "SPANMILL_A")
        ports.require_free([port])
        ports.require_free([port])


class TestDataDirectory:
    """The folder that everything is kept in."""

    @pytest.mark.parametrize("folder", ["file", "file/below", "/proc/nowhere"])
    def test_unwritable(self, tmp_path: Path, folder: str) -> None:
        """A folder that cannot be made or written is named with its setting."""
        tmp_path.joinpath("file").touch()
        with pytest.raises(PreflightError, match=r"data directory .* cannot be written .*SPANMILL_DATA_DIR"):
            preflight.require_writable(tmp_path / folder)

    def test_locked(self, tmp_path: Path) -> None:
        """A second run on the same folder is told which process has it."""
        with preflight.locked(tmp_path), pytest.raises(PreflightError, match=f"process {os.getpid()}"):
            preflight.locked(tmp_path).__enter__()
        with preflight.locked(tmp_path):
            assert tmp_path.joinpath(preflight.LOCK_NAME).read_text() == f"{os.getpid()}\n"

    def test_dead_owner(self, tmp_path: Path) -> None:
        """A lock that the guard of a dead run still holds is waited for."""
        holds = "import fcntl, sys, time; fcntl.flock(3, 2); print(flush=True); time.sleep(0.3)"
        lock = os.open(tmp_path / preflight.LOCK_NAME, os.O_RDWR | os.O_CREAT)
        with subprocess.Popen([sys.executable, "-c", "pass"]) as dead:
            dead.wait()
        os.write(lock, f"{dead.pid}\n".encode())
        program = holds.replace("3, 2", f"{lock}, 2")
        with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, pass_fds=[lock]) as holder:
            os.close(lock)
            assert holder.stdout is not None
            holder.stdout.readline()
            with preflight.locked(tmp_path):
                assert holder.wait() == 0


class TestServers:
    """Servers that are set instead of the embedded ones."""

    @pytest.mark.parametrize(
        ("name", "scheme"), [("clickhouse_url", "http"), ("clickhouse_url", "https"), ("redis_url", "redis")]
    )
    def test_unreachable(self, name: str, scheme: str) -> None:
        """A server that nobody answers for is named without its password."""
        settings = settings_with(name, f"{scheme}://me:secret@127.0.0.1:{free_port()}/db")
        with pytest.raises(PreflightError) as refusal:
            preflight.require_servers(settings)
        assert f"SPANMILL_{name.upper()}={scheme}://127.0.0.1:" in str(refusal.value)
        assert "secret" not in str(refusal.value)

    @pytest.mark.parametrize("name", ["clickhouse_url", "redis_url"])
    def test_no_url(self, name: str) -> None:
        """A value that is no URL is called that."""
        with pytest.raises(PreflightError, match=f"SPANMILL_{name.upper()}"):
            preflight.require_servers(settings_with(name, "localhost:99999"))

    def test_none_set(self) -> None:
        """Nothing is asked where the embedded servers are used."""
        preflight.require_servers(Settings.from_environment({}))

    def test_missing_rules(self, tmp_path: Path) -> None:
        """Rules that do not exist are named."""
        with pytest.raises(PreflightError, match=r"SPANMILL_RULES=.*rules\.yaml does not exist"):
            preflight.require_rules(tmp_path / "rules.yaml")
