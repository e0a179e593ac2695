"""The KEDA example asks for gauges that the planner really serves."""

import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from redis import Redis
from rq import Queue
from ruamel.yaml import YAML

from spanmill_scoring.queue.jobs import POOLS
from support.processes import clean_environment, free_port, spanmill, stop, wait_until
from support.servers import answers
from support.source_tree import ROOT

pytestmark = [pytest.mark.clickhouse, pytest.mark.redis]

OBJECTS: list[dict[str, Any]] = list(YAML(typ="safe").load_all(ROOT / "deploy" / "keda" / "workers.yaml"))
TRIGGERS = [trigger["metadata"] for scaled in OBJECTS for trigger in scaled["spec"]["triggers"]]


def test_each_pool_has_its_workers() -> None:
    """One Deployment is scaled for each pool, by the gauges of that pool alone."""
    assert len(OBJECTS) == len(POOLS)
    for scaled, pool in zip(OBJECTS, POOLS, strict=True):
        assert all(f'pool="{pool}"' in trigger["metadata"]["valueLocation"] for trigger in scaled["spec"]["triggers"])


def test_the_planner_serves_what_keda_asks_for(
    database_url: str, valkey: Redis, valkey_url: str, write_rules: Callable[[str], Path], tmp_path: Path
) -> None:
    """Each gauge of the example is there and tells of the queue; the planner ends as quickly as without."""
    port, log = free_port(), tmp_path / "planner.log"
    environment = clean_environment(
        SPANMILL_CLICKHOUSE_URL=database_url,
        SPANMILL_REDIS_URL=valkey_url,
        SPANMILL_RULES=str(write_rules("rules: []")),
        SPANMILL_PLANNER_PORT=str(port),
    )
    for pool in POOLS:
        Queue(pool, connection=valkey, serializer="json").enqueue_call("score", args=("r", "v", []))
    with spanmill("planner", log=log, environment=environment) as planner:
        url = f"http://127.0.0.1:{port}/metrics"
        wait_until(lambda: answers(url), f"the planner, see {log}")
        with urllib.request.urlopen(url) as response:
            lines = response.read().decode().splitlines()
        values = {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line[0] != "#")}
        assert all(trigger["valueLocation"] in values for trigger in TRIGGERS)
        assert all(values[f'spanmill_queue_jobs{{pool="{pool}"}}'] == 1 for pool in POOLS)
        assert all(values[f'spanmill_queue_oldest_seconds{{pool="{pool}"}}'] > 0 for pool in POOLS)
        assert stop(planner) == 0, log.read_text()


def test_a_port_that_is_taken_is_one_sentence(
    database_url: str, valkey_url: str, write_rules: Callable[[str], Path], tmp_path: Path
) -> None:
    """It names the setting and the remedy."""
    log = tmp_path / "planner.log"
    environment = clean_environment(
        SPANMILL_CLICKHOUSE_URL=database_url,
        SPANMILL_REDIS_URL=valkey_url,
        SPANMILL_RULES=str(write_rules("rules: []")),
        SPANMILL_PLANNER_PORT=str(urlsplit(valkey_url).port),
    )
    with spanmill("planner", log=log, environment=environment) as planner:
        assert planner.wait(30) == 1
    assert "SPANMILL_PLANNER_PORT" in log.read_text()
    assert "Traceback" not in log.read_text()
