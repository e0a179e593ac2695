"""Importing a module of ours does nothing: no socket, no thread, no file, no process, no change of the environment."""

import json
import subprocess
import sys
from pathlib import Path

from support import import_audit
from support.processes import clean_environment
from support.source_tree import modules


def interpreter(*arguments: str, given: str = "", folder: Path) -> str:
    """Run a fresh interpreter in *folder* and return what it prints."""
    done = subprocess.run(
        [sys.executable, *arguments],
        check=False,
        input=given,
        capture_output=True,
        text=True,
        cwd=folder,
        env=clean_environment(),
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_no_effects(tmp_path: Path) -> None:
    """No module of ours acts on the world when it is imported."""
    names = [module.name for module in modules() if not module.name.endswith("__main__")]
    printed = interpreter(str(import_audit.__file__), given=json.dumps(names), folder=tmp_path)
    assert json.loads(printed.splitlines()[-1]) == []
    assert list(tmp_path.iterdir()) == []


def test_effects_are_seen(tmp_path: Path) -> None:
    """The audit itself notices sockets, threads, files and environment variables."""
    tmp_path.joinpath("spanmill_bad.py").write_text(
        "import os, socket, threading\n"
        "socket.socket().bind(('127.0.0.1', 0))\n"
        "threading.Thread(target=int).start()\n"
        "open('left', 'w').close()\n"
        "os.environ['LEFT'] = '1'\n"
    )
    program = (
        f"import runpy, sys; sys.path.insert(0, '.'); runpy.run_path({import_audit.__file__!r}, run_name='__main__')"
    )
    printed = interpreter("-c", program, given='["spanmill_bad"]', folder=tmp_path)
    found = " ".join(json.loads(printed.splitlines()[-1]))
    assert all(event in found for event in ("socket.bind", "threading.start", "open ('left'", "os.putenv"))


def test_shim_is_light(tmp_path: Path) -> None:
    """`import spanmill` brings in neither gRPC nor the SDK nor click: the host program pays for what it uses."""
    heavy = ("grpc", "opentelemetry.sdk", "click", "google.protobuf")
    program = f"import spanmill, sys; print([name for name in {heavy} if name in sys.modules])"
    assert interpreter("-c", program, folder=tmp_path).strip() == "[]"
