"""Several collectors on one pair of ports."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
import requests

from spanmill_collector.options import Options
from spanmill_collector.wal.folder import WalFolder
from spanmill_collector.wal.orphans import adopt_orphans
from support.collectors import CollectorProcess, collector_process, export, running_collector
from support.otlp import record_bytes, trace_request
from support.processes import stop, wait_until
from support.sinks import MemorySink

NOWHERE = "http://127.0.0.1:1/none"


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[CollectorProcess]:
    """Two collectors without a store."""
    with collector_process(tmp_path, NOWHERE, "--collectors", "2") as running:
        wait_until(lambda: len(acknowledged(running)) == 2, "both collectors", 20)
        yield running


def acknowledged(running: CollectorProcess) -> dict[str, int]:
    """Requests that each collector has acknowledged, by its number, from whoever is asked."""
    text = requests.get(running.http_url + "/metrics", timeout=10).text
    found = re.findall(r'^spanmill_collector_wal_limit_bytes\{collector="(\d)"\}', text, re.MULTILINE)
    counts = re.findall(
        r'^spanmill_collector_acknowledged_requests_total\{collector="(\d)",.*\} (\S+)$', text, re.MULTILINE
    )
    return dict.fromkeys(found, 0) | {number: int(float(count)) for number, count in counts}


def children(running: CollectorProcess) -> list[int]:
    """Process ids of the collectors."""
    found = Path(f"/proc/{running.pid}/task").glob("*/children")
    return sorted(int(pid) for path in found for pid in path.read_text().split())


def send_until_both_have_some(running: CollectorProcess) -> int:
    """Send over new connections, which the kernel spreads, until each collector has taken one; return how many."""
    sent = 0
    while min(acknowledged(running).values()) == 0:
        for _ in range(10):
            export(running.grpc_target, trace_request([sent + 1]).SerializeToString())
            sent += 1
    return sent


def segments(data_dir: Path, number: int) -> list[Path]:
    """Segments in the log of one collector."""
    return [
        path for path in (data_dir / "wal" / str(number) / "traces").iterdir() if path.suffix in {".open", ".sealed"}
    ]


def test_each_has_a_log_and_one_page_shows_all_metrics(fleet: CollectorProcess) -> None:
    """Whoever is asked knows what the others have done."""
    sent = send_until_both_have_some(fleet)
    wait_until(lambda: sum(acknowledged(fleet).values()) == sent, "all numbers", 10)
    assert segments(fleet.data_dir, 1)
    assert segments(fleet.data_dir, 2)


def test_one_that_dies_is_started_again(fleet: CollectorProcess) -> None:
    """The other goes on in the meantime."""
    before = children(fleet)
    os.kill(before[0], signal.SIGKILL)
    wait_until(lambda: len(set(children(fleet)) - {before[0]}) == 2, "its successor", 20)
    wait_until(lambda: _takes(fleet), "an acknowledgement", 20)


def test_a_stop_ends_all_of_them(fleet: CollectorProcess) -> None:
    """With 0, and nobody is left on the ports."""
    pids = children(fleet)
    assert len(pids) == 2
    assert stop(fleet.child) == 0
    assert [pid for pid in pids if Path(f"/proc/{pid}").exists()] == []


def test_a_fleet_of_fewer_ships_what_the_others_left(fleet: CollectorProcess, sink: MemorySink, tmp_path: Path) -> None:
    """The logs of collectors that are no longer run are taken over."""
    sent = send_until_both_have_some(fleet)
    assert stop(fleet.child) == 0
    options = Options(tmp_path / "data", NOWHERE, grpc_port=fleet.grpc_port, http_port=fleet.http_port)
    with running_collector(options, sink):
        wait_until(lambda: sink.numbers() == list(range(1, sent + 1)), "all spans", 20)


def test_a_log_that_somebody_holds_is_left_alone(tmp_path: Path) -> None:
    """An older fleet may still be on its way out."""
    own = WalFolder.open(tmp_path / "1" / "traces", lambda: 1)
    other = WalFolder.open(tmp_path / "2" / "traces", lambda: 1)
    left = tmp_path / "2" / "traces" / "run-0000000001-1.sealed"
    left.write_bytes(record_bytes(1))
    adopt_orphans(tmp_path, own, collectors=1)
    assert left.exists()
    other.close()
    adopt_orphans(tmp_path, own, collectors=2)
    assert left.exists()
    adopt_orphans(tmp_path, own, collectors=1)
    assert [path.name for path in own.left_over()] == [left.name]
    own.close()


def _takes(running: CollectorProcess) -> bool:
    try:
        return export(running.grpc_target, trace_request([1]).SerializeToString()) == b""
    except grpc.RpcError:
        return False
