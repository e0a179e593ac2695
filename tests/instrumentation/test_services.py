"""Real services under real servers, with real instrumentors and the real collector, and what SQL says of them."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from spanmill_store.client import Store
from support.collectors import CollectorProcess, collector_process
from support.processes import clean_environment, free_port, stop, wait_until
from support.servers import answers

pytestmark = [pytest.mark.clickhouse]

STEPS = """
import asyncio
import spanmill

@spanmill.observe(kind="agent")
def answer(question):
    with spanmill.span("look up", kind="tool", input=question):
        return f"answer to {question}"

@spanmill.observe(kind="tool")
async def look_up(place, question):
    await asyncio.sleep(0.001)
    return f"{place}: {question}"

@spanmill.observe(kind="agent")
async def answer_later(question):
    return await asyncio.gather(*(look_up(place, question) for place in ("orders", "mails")))
"""

FLASK = """
from flask import Flask, request
import spanmill
from steps import answer

app = Flask(__name__)

@app.get("/ready")
def ready():
    return "yes"

@app.post("/ask")
def ask():
    with spanmill.session(request.json["session"]):
        return {"answer": answer(request.json["question"])}
"""

FASTAPI = """
from fastapi import FastAPI
import spanmill
from steps import answer_later

app = FastAPI()

@app.get("/ready")
async def ready():
    return "yes"

@app.post("/ask")
async def ask(body: dict[str, str]) -> dict[str, list[str]]:
    with spanmill.session(body["session"]):
        return {"answer": await answer_later(body["question"])}
"""

REQUESTS = 60


@dataclass(frozen=True, slots=True)
class Service:
    """A server with an app."""

    child: subprocess.Popen[bytes]
    url: str
    log: Path

    def ask(self, count: int) -> list[str]:
        """Ask so many questions, some at the same time, and return the answers."""

        def one(number: int) -> str:
            asked = {"question": f"question {number}", "session": f"session {number}"}
            return str(requests.post(f"{self.url}/ask", json=asked, timeout=30).json()["answer"])

        with ThreadPoolExecutor(4) as threads:
            return list(threads.map(one, range(count)))


@contextlib.contextmanager
def _service(folder: Path, collector: CollectorProcess, *command: str) -> Iterator[Service]:
    """Run *command*, in which PORT is a free one, under ``spanmill run``."""
    for name, text in {"steps": STEPS, "flask_app": FLASK, "fastapi_app": FASTAPI}.items():
        (folder / f"{name}.py").write_text(text)
    port, log = free_port(), folder / "service.log"
    environment = clean_environment(
        SPANMILL_ENDPOINT=f"http://{collector.grpc_target}",
        OTEL_SERVICE_NAME="shop",
        PYTHONPATH=str(folder),
        PATH=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    )
    program = [part.replace("PORT", str(port)) for part in command]
    with log.open("wb") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", "spanmill", "run", "--", *program],
            stdout=output,
            stderr=output,
            cwd=folder,
            env=environment,
        )
    try:
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/ready"), f"the service, see {log}", 30)
        yield Service(child, f"http://127.0.0.1:{port}", log)
    finally:
        stop(child)


def _recorded(store: Store, spans: int) -> dict[str, int]:
    """How many spans of the requests there are by name, once there are so many; each is there once."""
    asked = "TraceId IN (SELECT TraceId FROM otel_traces WHERE SpanName IN ('answer', 'answer_later'))"
    once = "uniqExact(TraceId, SpanId) AS once"
    wait_until(lambda: store.select(f"SELECT {once} FROM otel_traces WHERE {asked}")[0]["once"] >= spans, "spans", 30)
    rows = store.select(f"SELECT SpanName, count() AS n, {once} FROM otel_traces WHERE {asked} GROUP BY SpanName")
    assert all(row["n"] == row["once"] for row in rows), rows
    return {row["SpanName"]: row["n"] for row in rows}


GUNICORN = ("gunicorn", "--bind", "127.0.0.1:PORT", "--workers", "3", "--threads", "2", "flask_app:app")


@pytest.mark.parametrize("options", [(), ("--preload",), ("--max-requests", "8")], ids=["lazy", "preload", "recycled"])
def test_prefork_gunicorn_with_flask(store: Store, database_url: str, tmp_path: Path, options: tuple[str, ...]) -> None:
    """Whether workers load the app, inherit it, or end after some requests: a trace each, whole and once."""
    with collector_process(tmp_path, database_url) as collector:
        with _service(tmp_path, collector, *GUNICORN[:-1], *options, GUNICORN[-1]) as service:
            said = service.ask(REQUESTS)
            assert stop(service.child) == 0, service.log.read_text()
        assert said == [f"answer to question {number}" for number in range(REQUESTS)]
        names = _recorded(store, 3 * REQUESTS)
    assert names == {"POST /ask": REQUESTS, "answer": REQUESTS, "look up": REQUESTS}, service.log.read_text()
    [row] = store.select(
        "SELECT uniqExact(TraceId) AS traces, uniqExact(SessionId) AS sessions, countIf(ParentSpanId = '') AS roots"
        " FROM otel_traces WHERE SpanName IN ('POST /ask', 'answer', 'look up')"
    )
    assert row == {"traces": REQUESTS, "sessions": REQUESTS + 1, "roots": REQUESTS}, "the server's spans have none"


@pytest.mark.parametrize("workers", ["1", "2"])
def test_fastapi_under_uvicorn(store: Store, database_url: str, tmp_path: Path, workers: str) -> None:
    """Concurrent coroutines are children of the request that they belong to, in one process or several."""
    command = ("uvicorn", "--port", "PORT", "--workers", workers, "--log-level", "warning", "fastapi_app:app")
    with collector_process(tmp_path, database_url) as collector:
        with _service(tmp_path, collector, *command) as service:
            said = service.ask(REQUESTS)
            stop(service.child)
        assert len(set(said)) == REQUESTS
        names = _recorded(store, 4 * REQUESTS)
    assert {name: names[name] for name in ("POST /ask", "answer_later", "look_up")} == {
        "POST /ask": REQUESTS,
        "answer_later": REQUESTS,
        "look_up": 2 * REQUESTS,
    }, service.log.read_text()
    [row] = store.select(
        "SELECT countIf(step.SessionId = whole.SessionId AND step.TraceId = whole.TraceId) AS n"
        " FROM otel_traces AS step INNER JOIN otel_traces AS whole ON step.ParentSpanId = whole.SpanId"
        " WHERE step.SpanName = 'look_up' AND whole.SpanName = 'answer_later'"
    )
    assert row["n"] == 2 * REQUESTS
