import json
from collections.abc import Callable
from pathlib import Path

import pytest
from redis import Redis

from spanmill_store import alert_states, review_queue
from spanmill_store.client import Store
from support.processes import clean_environment, spanmill, stop, wait_until
from support.receiver import receiver
from support.scoring import ScoringSide
from support.traces import TraceWriter

pytestmark = [pytest.mark.clickhouse, pytest.mark.redis]

RULES = """
completion: {idle_s: 1}
rules:
- name: r
  sql: '0'
  flag: {below: 1}
  routes: [review, {webhook: {url: '${HOOK}', secret_env: HOOK_SECRET}}]
  alert: {below: 0.5, min_count: 3}
"""


def test_the_planner_tells_what_is_flagged(
    store: Store,
    database_url: str,
    valkey: Redis,
    valkey_url: str,
    write_rules: Callable[[str], Path],
    tmp_path: Path,
    traces: TraceWriter,
) -> None:
    """From traces to a person's queue, a receiver and an alert; and it stops as quickly as without."""
    path, log = write_rules(RULES), tmp_path / "processes.log"
    ids = {target.trace_id for target in traces.turns(3)}
    with receiver() as hook:
        environment = clean_environment(
            SPANMILL_CLICKHOUSE_URL=database_url,
            SPANMILL_REDIS_URL=valkey_url,
            SPANMILL_RULES=str(path),
            SPANMILL_WEBHOOKS_ALLOW_PRIVATE="true",
            HOOK=hook.url,
            HOOK_SECRET="a secret of some length",
        )
        side = ScoringSide(store, valkey, path)
        side.planner.tick()
        side.work()
        with spanmill("planner", log=log, environment=environment) as planner:
            wait_until(lambda: len(hook.requests) >= 4, "three flags and an alert", 60)
            assert stop(planner) == 0, log.read_text()
        bodies = [json.loads(request.body) for request in hook.requests]
    assert {body["data"]["trace_id"] for body in bodies if body["type"] == "spanmill.flag"} == ids
    assert [body["data"]["state"] for body in bodies if body["type"] == "spanmill.alert"] == ["firing"]
    assert {item.trace_id for item in review_queue.listed(store)} == ids
    assert [state.state for state in alert_states.current(store)] == ["firing"]
