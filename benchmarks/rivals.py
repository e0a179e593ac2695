"""The others: pinned, from PyPI into environments of their own, started on loopback with their defaults."""

import contextlib
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import requests

from benchmarks.sites import ROOT
from spanmill_store.client import Store
from support.processes import free_port, stop, wait_until
from support.servers import ClickHouseServer, answers

ENVIRONMENTS: Final = ROOT / ".bench"
ROTEL: Final = "rotel==0.0.1a15"
PHOENIX: Final = "arize-phoenix==20.26.1"
MLFLOW: Final = "mlflow==3.17.2"


@dataclass(frozen=True, slots=True)
class Rival:
    """
    A server that runs.

    Attributes:
        target: Where to send, as an `Order` wants it.
        count: Spans that are stored.
        pid: The process that serves.
    """

    target: str
    count: Callable[[], int]
    pid: int
    headers: dict[str, str]


def environment(requirement: str, *missing: str) -> Path:
    """The bin folder of an environment that holds *requirement*, and what it is *missing*; made where there is none."""
    folder = ENVIRONMENTS / requirement
    if not (folder / "done").exists():
        print(f"installing {requirement} …", file=sys.stderr)
        uv = str(Path(sys.executable).with_name("uv"))
        for command in (
            ["venv", "--quiet", "--clear", str(folder)],
            ["pip", "install", "--quiet", requirement, *missing],
        ):
            subprocess.run([uv, *command], check=True, env={**os.environ, "VIRTUAL_ENV": str(folder)})
        (folder / "done").touch()
    return folder / "bin"


@contextlib.contextmanager
def _running(command: list[str], folder: Path, variables: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "SPANMILL_"))}
    settings = {**kept, "HOME": str(folder), **variables}
    with (folder / "log").open("wb") as log:
        child = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env=settings)
    try:
        yield child
    finally:
        stop(child)


@contextlib.contextmanager
def rotel(folder: Path, clickhouse: ClickHouseServer) -> Iterator[Rival]:
    """Run the rotel agent, which ships into the tables that its own tool would create."""
    port = free_port()
    [agent] = environment(ROTEL).parent.glob("lib/*/site-packages/rotel/rotel-agent")
    tables = (ROOT / "benchmarks" / "rotel_tables.sql").read_text().partition("\n")[2]
    with Store.connect(f"{clickhouse.url}/otel") as store:
        store.create_database()
        for statement in filter(str.strip, tables.split(";\n")):
            store.execute(statement)
        command = [str(agent), "start", "--exporter", "clickhouse", "--clickhouse-exporter-endpoint", clickhouse.url]
        command += ["--clickhouse-exporter-async-insert", "false", "--otlp-grpc-max-recv-msg-size-mib", "64"]
        command += ["--otlp-grpc-endpoint", f"127.0.0.1:{port}", "--otlp-http-endpoint", f"127.0.0.1:{free_port()}"]
        folder.mkdir()
        with _running(command, folder, {}) as child:
            wait_until(lambda: _listens(port), "rotel")
            yield Rival(f"127.0.0.1:{port}", lambda: _rows(store), child.pid, {})


@contextlib.contextmanager
def phoenix(folder: Path) -> Iterator[Rival]:
    """Run Phoenix with SQLite, its default."""
    http, grpc = free_port(), free_port()
    variables = {
        "PHOENIX_WORKING_DIR": str(folder),
        "PHOENIX_HOST": "127.0.0.1",
        "PHOENIX_PORT": str(http),
        "PHOENIX_GRPC_PORT": str(grpc),
        "PHOENIX_TELEMETRY_ENABLED": "false",
        "PHOENIX_ALLOW_EXTERNAL_RESOURCES": "false",
        "PHOENIX_DISABLE_AGENT_ASSISTANT": "true",
    }
    command = [str(environment(PHOENIX) / "python"), str(ROOT / "benchmarks" / "phoenix_on_loopback.py"), "serve"]
    with _running(command, folder, variables) as child:
        wait_until(lambda: answers(f"http://127.0.0.1:{http}/healthz"), "Phoenix", 120)
        yield Rival(f"127.0.0.1:{grpc}", lambda: _spans(folder / "phoenix.db"), child.pid, {})


@contextlib.contextmanager
def mlflow(folder: Path) -> Iterator[Rival]:
    """Run MLflow's server with SQLite, its default."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    binaries = environment(MLFLOW)
    variables = {
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_MODEL_CATALOG_URI": "",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "PATH": f"{binaries}:{os.environ['PATH']}",
    }
    places = ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--default-artifact-root", str(folder / "files")]
    command = [str(binaries / "mlflow"), "server", "--host", "127.0.0.1", "--port", str(port), *places]
    with _running(command, folder, variables) as child:
        wait_until(lambda: answers(url + "/health"), "MLflow", 180)
        made = requests.post(url + "/api/2.0/mlflow/experiments/create", json={"name": "bench"}, timeout=60)
        headers = {"x-mlflow-experiment-id": made.json()["experiment_id"]}
        yield Rival(url + "/v1/traces", lambda: _spans(folder / "mlflow.db"), child.pid, headers)


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _rows(store: Store) -> int:
    return int(store.select("SELECT count() AS n FROM otel.otel_traces")[0]["n"])


def _spans(file: Path) -> int:
    """Count the spans in an SQLite file, 0 while its writer holds it."""
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=5)) as database:
        try:
            return int(database.execute("SELECT count(*) FROM spans").fetchone()[0])
        except sqlite3.OperationalError:
            return 0
