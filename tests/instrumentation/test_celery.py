"""Real Celery workers of every pool, with a real broker and the real collector, and what SQL says of their tasks."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from spanmill_store.client import Store
from support.collectors import CollectorProcess, collector_process
from support.processes import clean_environment, free_port, stop, wait_until
from support.servers import valkey_server

pytestmark = [pytest.mark.clickhouse, pytest.mark.redis, pytest.mark.timeout(240)]

APP = """
import os
from celery import Celery
from celery.signals import worker_process_init
import spanmill

match os.environ["WAY"]:
    case "init":
        spanmill.init()
    case "init in children":
        worker_process_init.connect(lambda **_: spanmill.init(), weak=False)
app = Celery("shop", broker=os.environ["BROKER"], backend=os.environ["BROKER"])

@app.task
@spanmill.observe(kind="agent")
def answer(number):
    with spanmill.session(user_id=f"user {number}"), spanmill.span("look up", kind="tool", input=number) as step:
        step.set_output(f"answer {number}")
    return f"answer {number}"

@app.task(bind=True, max_retries=1, default_retry_delay=0)
def refuse(self, number):
    with spanmill.span("look up", kind="tool"):
        pass
    if number % 2 and not self.request.retries:
        raise self.retry()
    raise LookupError(f"no order {number}")
"""

PRODUCER = """
import sys
import app
import spanmill

task, sent = getattr(app, sys.argv[1]), []
for number in range(int(sys.argv[2])):
    with spanmill.session(f"session {number}"), spanmill.span("order"):
        sent.append(task.delay(number))
print(*(one.get(timeout=90, propagate=False) for one in sent), sep="\\n")
"""

TASKS = 60
POOLS = {
    "prefork": ("--pool", "prefork", "--concurrency", "2"),
    "recycled": ("--pool", "prefork", "--concurrency", "2", "--max-tasks-per-child", "7"),
    "threads": ("--pool", "threads", "--concurrency", "4"),
    "solo": ("--pool", "solo"),
}
SPANMILL_RUN = (sys.executable, "-m", "spanmill", "run", "--", "python")


@dataclass(frozen=True, slots=True)
class Shop:
    """A worker, and what is sent to it."""

    worker: subprocess.Popen[bytes]
    log: Path
    folder: Path
    environment: dict[str, str]

    def send(self, task: str, count: int) -> list[str]:
        """Send so many of *task* from a process of their own, and return what came back once all have ended."""
        done = subprocess.run(
            (*SPANMILL_RUN, "producer.py", task, str(count)),
            capture_output=True,
            check=False,
            cwd=self.folder,
            env=self.environment | {"OTEL_SERVICE_NAME": "site"},
            text=True,
            timeout=150,
        )
        assert done.returncode == 0, done.stderr + self.log.read_text()
        return done.stdout.splitlines()

    def end(self, *, is_group: bool = False) -> int:
        """Ask the worker to end, or as systemd does all of its processes at once, and return its exit code."""
        if is_group:
            os.killpg(self.worker.pid, signal.SIGTERM)
            return self.worker.wait(60)
        return stop(self.worker, 60)


@contextlib.contextmanager
def _shop(folder: Path, collector: CollectorProcess, way: str, *options: str) -> Iterator[Shop]:
    """Run ``celery worker`` with *options*, recorded in the *way* that is named."""
    for name, text in {"app": APP, "producer": PRODUCER}.items():
        (folder / f"{name}.py").write_text(text)
    port, log = free_port(), folder / "worker.log"
    environment = clean_environment(
        SPANMILL_ENDPOINT=f"http://{collector.grpc_target}",
        OTEL_SERVICE_NAME="worker",
        BROKER=f"redis://127.0.0.1:{port}/0",
        PYTHONPATH=str(folder),
        PATH=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        WAY=way,
    )
    python = SPANMILL_RUN if way == "run" else (sys.executable,)
    command = (*python, "-m", "celery", "-A", "app", "worker", "--loglevel", "INFO", *options)
    with valkey_server(folder, port), log.open("wb") as output:
        worker = subprocess.Popen(command, stdout=output, stderr=output, cwd=folder, env=environment, process_group=0)
        try:
            wait_until(lambda: " ready." in log.read_text(), f"the worker, see {log}")
            yield Shop(worker, log, folder, environment)
        finally:
            stop(worker)


def _recorded(store: Store, spans: int) -> dict[str, int]:
    """How many spans there are by service and name, once there are so many; each is there once."""
    once = "uniqExact(TraceId, SpanId) AS once"
    with contextlib.suppress(TimeoutError):  # what is missing is seen below
        wait_until(lambda: store.select(f"SELECT {once} FROM otel_traces")[0]["once"] >= spans, "spans", 30)
    rows = store.select(
        f"SELECT concat(ServiceName, ': ', SpanName) AS name, count() AS n, {once} FROM otel_traces GROUP BY name"
    )
    assert all(row["n"] == row["once"] for row in rows), rows
    return {row["name"]: row["n"] for row in rows}


CHAIN = ("site: order", "site: apply_async/app.answer", "worker: run/app.answer", "worker: answer", "worker: look up")


@pytest.mark.parametrize(
    ("way", "pool", "is_group"),
    [
        *(("run", pool, False) for pool in POOLS),
        ("run", "prefork", True),
        ("init", "prefork", False),
        ("init in children", "recycled", False),
    ],
)
def test_every_task_is_a_trace_whole_and_once(
    store: Store, database_url: str, tmp_path: Path, way: str, pool: str, is_group: bool
) -> None:
    """However tasks are run: the producer's spans and the worker's are one trace, of the producer's session."""
    with collector_process(tmp_path, database_url) as collector:
        with _shop(tmp_path, collector, way, *POOLS[pool]) as shop:
            said = shop.send("answer", TASKS)
            assert shop.end(is_group=is_group) == 0, shop.log.read_text()
        assert said == [f"answer {number}" for number in range(TASKS)]
        names = _recorded(store, len(CHAIN) * TASKS)
    assert names == dict.fromkeys(CHAIN, TASKS), shop.log.read_text()
    named = "concat({0}.ServiceName, ': ', {0}.SpanName)"
    rows = store.select(
        f"SELECT {named.format('outer')} AS outer_name, {named.format('inner')} AS inner_name, count() AS n"
        " FROM otel_traces AS inner INNER JOIN otel_traces AS outer ON inner.ParentSpanId = outer.SpanId"
        " WHERE inner.TraceId = outer.TraceId AND inner.SessionId = outer.SessionId GROUP BY ALL"
    )
    assert {(row["outer_name"], row["inner_name"]): row["n"] for row in rows} == dict.fromkeys(pairwise(CHAIN), TASKS)
    [row] = store.select(
        "SELECT uniqExact(TraceId) AS traces, uniqExact(SessionId) AS sessions,"
        " countIf(SpanName = 'look up' AND UserId = replaceOne(SessionId, 'session', 'user')) AS users FROM otel_traces"
    )
    assert row == {"traces": TASKS, "sessions": TASKS, "users": TASKS}


def test_a_task_that_fails_says_so(store: Store, database_url: str, tmp_path: Path) -> None:
    """Each try is a span, and the last one is an error; those of odd numbers are tried twice."""
    with collector_process(tmp_path, database_url) as collector:
        with _shop(tmp_path, collector, "run", *POOLS["prefork"]) as shop:
            said = shop.send("refuse", 10)
            assert shop.end() == 0, shop.log.read_text()
        assert said == [f"no order {number}" for number in range(10)]
        names = _recorded(store, 10 + 3 * 15)
    assert names == {
        "site: order": 10,
        "site: apply_async/app.refuse": 10,
        "worker: apply_async/app.refuse": 5,
        "worker: run/app.refuse": 15,
        "worker: look up": 15,
    }, shop.log.read_text()
    [row] = store.select(
        "SELECT countIf(StatusCode = 'Error') AS failed, countIf(startsWith(StatusMessage, 'no order')) AS said,"
        " countIf(has(Events.Name, 'exception')) AS raised FROM otel_traces WHERE SpanName = 'run/app.refuse'"
    )
    assert row == {"failed": 10, "said": 10, "raised": 10}
    [row] = store.select("SELECT uniqExact(TraceId) AS traces, uniqExact(SessionId) AS sessions FROM otel_traces")
    assert row == {"traces": 10, "sessions": 10}, "the second try belongs to the first"
