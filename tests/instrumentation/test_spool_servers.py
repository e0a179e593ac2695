"""A spool that the workers of a prefork server share."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from support.processes import clean_environment, free_port, stop, wait_until
from support.servers import answers
from support.spooling import Place, names, steps

APP = """
from flask import Flask
import spanmill

app = Flask(__name__)

@app.get("/<int:number>")
def step(number):
    with spanmill.span(f"step {number}"):
        return "done"
"""


@contextlib.contextmanager
def gunicorn(place: Place, *options: str) -> Iterator[str]:
    """Run it under ``spanmill run`` with three workers; its URL."""
    folder, port = place.folder.parent, free_port()
    folder.joinpath("app.py").write_text(APP)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    variables = place.variables | {"PYTHONPATH": str(folder), "PATH": path}
    command = ["gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "3", *options, "app:app"]
    with folder.joinpath("server.log").open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "spanmill", "run", "--", *command],
            stdout=log,
            stderr=log,
            cwd=folder,
            env=clean_environment(**variables),
        )
    try:
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/0"), "the server", 30)
        yield f"http://127.0.0.1:{port}"
    finally:
        stop(child)


def ask(url: str, begin: int, end: int) -> None:
    """Ask for these steps, some at the same time."""

    def one(number: int) -> int:
        return requests.get(f"{url}/{number}", timeout=30).status_code

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(one, range(begin, end))) == {200}


@pytest.mark.parametrize("options", [(), ("--preload",)], ids=["lazy", "preload"])
def test_prefork_gunicorn(tmp_path: Path, options: tuple[str, ...]) -> None:
    """What its workers could not send when they were stopped, those send that come after them, and none twice."""
    place = Place("grpc", tmp_path / "spool", (free_port(), free_port()))
    with gunicorn(place, *options) as url:
        ask(url, 1, 60)
    written = place.spans()
    assert written.total() - written["step 0"] == 59
    with place.collector() as collector:
        with gunicorn(place, *options) as url:
            ask(url, 60, 80)
            wait_until(lambda: not place.files(), "the spool to be emptied", 60)
        seen = names(collector)
        assert {name: seen[name] for name in steps(1, 80)} == steps(1, 80)
