"""How busy judges keep their endpoint: planner and workers as processes, half a second a call."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.collector import scratch
from benchmarks.figures import Figure
from benchmarks.sites import ROOT
from spanmill_store.client import Store
from spanmill_store.migrations import migrate
from support.processes import clean_environment, free_port, spanmill, stop, wait_until
from support.servers import answers, clickhouse_server, valkey_server
from support.traces import TraceWriter

SLOTS = 32
WORKERS = 2
WARM_UP_S = 8.0
MEASURED_S = 20.0
TRACES = int(SLOTS / 0.5 * (WARM_UP_S + MEASURED_S) * 1.4)
"""More than the endpoint can take in that time."""

RULES = """
completion: {{idle_s: 1}}
rules:
  - name: quality
    judge:
      model: m
      base_url: {url}/v1
      api_key_env: null
      slots: {slots}
      concurrency: {slots}
      rubric: "Is it right? Question: {{{{input}}}} Answer: {{{{output}}}}"
      choices: {{good: 1, bad: 0}}
"""


def judge() -> list[Figure]:
    """The share of the endpoint's slots that are busy while there is more than enough to judge."""
    with ExitStack() as stack:
        folder = stack.enter_context(scratch())
        server = stack.enter_context(clickhouse_server(folder))
        store = stack.enter_context(Store.connect(f"{server.url}/spanmill"))
        migrate(store)
        TraceWriter(store).turns(TRACES)
        redis_port = free_port()
        stack.enter_context(valkey_server(folder, redis_port))
        url = stack.enter_context(_slow_judge())
        path = folder / "rules.yaml"
        path.write_text(RULES.format(url=url, slots=SLOTS))
        environment = clean_environment(
            SPANMILL_CLICKHOUSE_URL=f"{server.url}/spanmill",
            SPANMILL_REDIS_URL=f"redis://127.0.0.1:{redis_port}/0",
            SPANMILL_RULES=str(path),
        )
        for command in (["planner"], *[["worker", "--pool", "judge"]] * WORKERS):
            stack.enter_context(spanmill(*command, log=folder / "processes.log", environment=environment))
        wait_until(lambda: _told(url)["calls"] >= SLOTS, "the first calls")
        time.sleep(WARM_UP_S)
        before = _told(url)
        time.sleep(MEASURED_S)
        after = _told(url)
        [row] = store.select("SELECT count() AS n FROM scores FINAL")
    seconds = after["at_s"] - before["at_s"]
    share = (after["call_s"] - before["call_s"]) / seconds / SLOTS
    calls_per_s = (after["calls"] - before["calls"]) / seconds
    print(
        f"{calls_per_s:.1f} calls/s, at most {after['most']} at a time, {row['n']} scores", file=sys.stderr, flush=True
    )
    note = (
        f"{SLOTS} slots, {WORKERS} workers, 500 ms a call; {calls_per_s:.0f} calls/s, never more than {after['most']}"
    )
    return [Figure("slots of a judge's endpoint that are busy", [100 * share], "%", ">= 95", note)]


@contextmanager
def _slow_judge() -> Iterator[str]:
    port = free_port()
    with subprocess.Popen([sys.executable, "-m", "benchmarks.slow_judge", str(port)], cwd=Path(ROOT)) as process:
        url = f"http://127.0.0.1:{port}"
        try:
            wait_until(lambda: answers(f"{url}/busy"), "the judge")
            yield url
        finally:
            stop(process)


def _told(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{url}/busy", timeout=5) as response:
        told: dict[str, Any] = json.loads(response.read())
    return told
