"""The command ``spanmill collector``, as the person who starts it and the machine it runs on treat it."""

import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from support.collectors import CollectorProcess, collector_process, export
from support.otlp import trace_request
from support.processes import clean_environment, stop, wait_until

NOWHERE = "http://127.0.0.1:1/none"


@pytest.fixture
def process(tmp_path: Path) -> Iterator[CollectorProcess]:
    """A collector in a process of its own, without a store."""
    with collector_process(tmp_path, NOWHERE) as running:
        yield running


def refusal_to_start(*arguments: str, **environment: str) -> str:
    """Run ``spanmill collector`` where it cannot start, and return what it says."""
    done = subprocess.run(
        [sys.executable, "-m", "spanmill", "collector", "--otlp-grpc-port", "0", "--otlp-http-port", "0", *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
        env=clean_environment(**environment),
    )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    return done.stderr


@pytest.mark.parametrize("option", ["--otlp-grpc-port", "--otlp-http-port"])
def test_a_port_in_use_is_named(tmp_path: Path, option: str) -> None:
    """The sentence names address and setting."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        said = refusal_to_start("--data-dir", str(tmp_path), option, str(port))
    assert f"127.0.0.1:{port}" in said
    assert f"SPANMILL_OTLP_{option[7:11].upper()}_PORT" in said


def test_a_second_collector_on_the_same_log_is_refused(process: CollectorProcess) -> None:
    """Two processes never share a log, and the sentence names the first."""
    said = refusal_to_start("--data-dir", str(process.data_dir))
    assert f"Another collector (process {process.pid})" in said


def test_a_data_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """The sentence names the folder and the setting."""
    (tmp_path / "file").touch()
    assert "SPANMILL_DATA_DIR" in refusal_to_start("--data-dir", str(tmp_path / "file"))


def test_an_unknown_setting_is_named(tmp_path: Path) -> None:
    """A misspelt variable is an error, not ignored."""
    assert "SPANMILL_DATA_DIR" in refusal_to_start("--data-dir", str(tmp_path), SPANMILL_DATADIR="x")


def test_an_open_address_needs_keys(tmp_path: Path) -> None:
    """On loopback anybody may send; on any other address nobody without a key, whoever asks and from wherever."""
    with collector_process(tmp_path, NOWHERE, "--host", "0.0.0.0") as running, pytest.raises(grpc.RpcError) as refused:
        export(running.grpc_target, trace_request([1]).SerializeToString())
    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED


def test_a_stop_without_a_store_is_clean(process: CollectorProcess) -> None:
    """SIGTERM ends the process with 0 although its spans must wait for the next start."""
    export(process.grpc_target, trace_request([1]).SerializeToString())
    assert stop(process.child) == 0
    assert "stay in the log for the next start" in process.log.read_text()
    assert "Traceback" not in process.log.read_text()


def test_a_full_disk_refuses_and_recovers(process: CollectorProcess) -> None:
    """What cannot be written is never acknowledged, and what was acknowledged before is whole."""
    small, large = (trace_request([n], text="a" * n).SerializeToString() for n in (100, 50_000))
    export(process.grpc_target, small)
    _limit_file_size(process, 10_000)
    with pytest.raises(grpc.RpcError) as refused:
        export(process.grpc_target, large)
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
    assert "cannot be written (File too large)" in (refused.value.details() or "")
    assert process.readiness() == (503, {"write-ahead log": "cannot be written"})
    export(process.grpc_target, small)
    _limit_file_size(process, resource.RLIM_INFINITY)
    export(process.grpc_target, large)
    wait_until(lambda: process.readiness() == (200, {}), "readiness", 10)
    assert stop(process.child) == 0
    sizes = [path.stat().st_size for path in (process.data_dir / "wal" / "1" / "traces").glob("*.sealed")]
    assert sum(sizes) == pytest.approx(2 * len(small) + len(large), abs=200)


def _limit_file_size(process: CollectorProcess, size_bytes: int) -> None:
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size_bytes, resource.RLIM_INFINITY))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of another process's memory is in /proc")
def test_a_gzip_bomb_over_grpc_is_never_unpacked(process: CollectorProcess) -> None:
    """300 MiB in 300 kB are refused, and never were in memory."""
    before = peak_bytes(process.pid)
    with pytest.raises(grpc.RpcError) as refused:
        export(process.grpc_target, bytes(300 << 20), compression=grpc.Compression.Gzip)
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert peak_bytes(process.pid) - before < 150 << 20
    export(process.grpc_target, trace_request([1]).SerializeToString())


def peak_bytes(pid: int) -> int:
    """The most memory that a process ever had."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024
