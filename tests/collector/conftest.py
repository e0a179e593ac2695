"""Fixtures of the collector's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from spanmill_collector.options import Options
from support.collectors import RunningCollector, running_collector
from support.processes import free_port
from support.sinks import MemorySink


@pytest.fixture
def sink() -> MemorySink:
    """An empty sink."""
    return MemorySink()


@pytest.fixture
def options(tmp_path: Path) -> Options:
    """Options on free ports; sealing is quick and limits are small, so that tests reach them."""
    return Options(
        data_dir=tmp_path / "data",
        clickhouse_url="http://127.0.0.1:1/unused",
        grpc_port=free_port(),
        http_port=free_port(),
        request_max_bytes=1024 * 1024,
        segment_max_age_s=0.02,
        drain_timeout_s=2.0,
    )


@pytest.fixture
def collector(options: Options, sink: MemorySink) -> Iterator[RunningCollector]:
    """A collector with default options."""
    with running_collector(options, sink) as running:
        yield running
