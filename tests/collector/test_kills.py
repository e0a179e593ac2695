"""Kills at random: what was acknowledged is there afterwards, once, and nothing that nobody sent."""

import random
import time
from collections import Counter
from pathlib import Path

import pytest

from spanmill_collector.options import Options
from spanmill_store.client import Store
from spanmill_store.otlp.ingest import SignalIngest
from support.collectors import collector_process, running_collector
from support.oracle import KEPT, Oracle
from support.otlp import record_bytes
from support.processes import free_port, stop, wait_until
from support.sinks import MemorySink

KILLS = 3
NOWHERE = "http://127.0.0.1:1/none"


def post_while_killing(folder: Path, clickhouse_url: str) -> Oracle:
    """Post while the collector is killed and started again; the last one is stopped properly."""
    ports = (free_port(), free_port())
    with Oracle(f"127.0.0.1:{ports[0]}") as oracle:
        for _ in range(KILLS):
            with collector_process(folder, clickhouse_url, ports=ports) as running:
                oracle.wait_for_acknowledgements()
                time.sleep(random.uniform(0, 0.5))
                running.child.kill()
                running.child.wait()
        with collector_process(folder, clickhouse_url, ports=ports) as running:
            oracle.wait_for_acknowledgements()
            # Still posting: a stop finishes what is under way and refuses the rest.
            assert stop(running.child) == 0
    return oracle


def left_in_log(folder: Path) -> list[Path]:
    """Segments that were not shipped."""
    return list((folder / "data" / "wal" / "1" / "traces").glob("*-*-*"))


def test_a_killed_collector_keeps_every_acknowledged_span(tmp_path: Path, sink: MemorySink) -> None:
    """Without a store the log alone carries everything over the kills."""
    oracle = post_while_killing(tmp_path, NOWHERE)
    options = Options(tmp_path / "data", NOWHERE, grpc_port=free_port(), http_port=free_port())
    with running_collector(options, sink):
        wait_until(lambda: not left_in_log(tmp_path), "an empty log", 20)
    assert oracle.verdict(Counter(sink.numbers())) == KEPT


@pytest.mark.clickhouse
def test_kills_while_shipping_neither_lose_nor_double(tmp_path: Path, store: Store, database_url: str) -> None:
    """With a store, segments are cut off in the middle of an insert and replayed; the rows come out even."""
    oracle = post_while_killing(tmp_path, database_url)
    assert left_in_log(tmp_path) == []
    assert oracle.verdict_on(store) == KEPT


@pytest.mark.clickhouse
def test_a_segment_that_was_stored_before_the_kill_is_not_stored_again(
    tmp_path: Path, store: Store, database_url: str
) -> None:
    """A kill between insert and removal leaves a segment that ClickHouse knows; its replay changes nothing."""
    log = tmp_path / "data" / "wal" / "1" / "traces"
    log.mkdir(parents=True)
    segment = log / "run-0000000001-1.sealed"
    segment.write_bytes(record_bytes(*range(1, 51)))
    with SignalIngest(database_url, "traces") as ingest, segment.open("rb") as body:
        ingest.insert(body, segment.stem)
    with collector_process(tmp_path, database_url):
        wait_until(lambda: not segment.exists(), "the replay", 20)
    assert stored_spans(store) == Counter(range(1, 51))


def stored_spans(store: Store) -> Counter[int]:
    """How often each span number is stored."""
    rows = store.select("SELECT SpanId, count() AS copies FROM otel_traces GROUP BY SpanId")
    return Counter({int(row["SpanId"], 16): int(row["copies"]) for row in rows})
