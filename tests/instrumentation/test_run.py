"""`spanmill run`: a program behaves as if it had been started directly, and its spans arrive."""

import signal
import sys
import venv
from pathlib import Path
from subprocess import CompletedProcess
from typing import Protocol

import pytest

from support.otlp_receiver import Receiver
from support.processes import free_port
from support.programs import Run

APP = """
import sys
from opentelemetry import trace

with trace.get_tracer("app").start_as_current_span("work"):
    print("arguments:", *sys.argv[1:])
"""


class Watch(Protocol):
    """Runs a command by `spanmill run`."""

    def __call__(self, *command: str, **variables: str) -> CompletedProcess[str]:
        """Wait for its end."""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A program that records one span and prints its arguments."""
    path = tmp_path / "app.py"
    path.write_text(APP)
    return path


@pytest.fixture
def watch(start: Run) -> Watch:
    """Runs a command by `spanmill run`."""

    def run(*command: str, **variables: str) -> CompletedProcess[str]:
        return start(sys.executable, "-m", "spanmill", "run", *command, **variables)

    return run


def test_script(app: Path, watch: Watch, receiver: Receiver) -> None:
    """A script runs with its own arguments, options included, and its spans arrive."""
    done = watch("--service-name", "shop", "--", sys.executable, str(app), "--endpoint", "mine", "x y")
    assert (done.returncode, done.stdout, done.stderr) == (0, "arguments: --endpoint mine x y\n", "")
    (span,) = receiver.named("work")
    assert span.resource["service.name"] == "shop"


def test_module(app: Path, watch: Watch, receiver: Receiver) -> None:
    """`python -m` works as well."""
    done = watch("--", sys.executable, "-m", app.stem, "a")
    assert (done.returncode, done.stdout) == (0, "arguments: a\n")
    assert len(receiver.named("work")) == 1


def test_console_script(app: Path, watch: Watch, receiver: Receiver) -> None:
    """A console script, which names its Python in its first line, is found on PATH and works as well."""
    script = app.with_name("shopd")
    script.write_text(f"#!{sys.executable}\n{APP}")
    script.chmod(0o755)
    done = watch("--", "shopd", "a", PATH=str(app.parent))
    assert (done.returncode, done.stdout) == (0, "arguments: a\n")
    assert len(receiver.named("work")) == 1


def test_endpoint(app: Path, watch: Watch, receiver: Receiver) -> None:
    """`--endpoint` wins over SPANMILL_ENDPOINT."""
    watch("--endpoint", receiver.grpc_url, "--", sys.executable, str(app), SPANMILL_ENDPOINT="http://127.0.0.1:1")
    assert len(receiver.named("work")) == 1


@pytest.mark.parametrize(
    ("ending", "exit_code"),
    [
        ("sys.exit(3)", 3),
        ("sys.exit('no')", 1),
        ("1 / 0", 1),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM),
    ],
)
def test_exit(ending: str, exit_code: int, app: Path, watch: Watch) -> None:
    """Exit codes and fatal signals are the program's own."""
    app.write_text(f"import sys\n{ending}\n")
    assert watch("--", sys.executable, str(app)).returncode == exit_code


def test_collector_away(app: Path, watch: Watch) -> None:
    """Without a collector the program's output and exit code are the same; standard error has lines, no traceback."""
    app.write_text(APP + "sys.exit(5)\n")
    done = watch("--", sys.executable, str(app), SPANMILL_ENDPOINT=f"http://127.0.0.1:{free_port()}")
    assert (done.returncode, done.stdout) == (5, "arguments:\n")
    assert "Traceback" not in done.stderr


def test_own_sitecustomize(app: Path, watch: Watch, receiver: Receiver) -> None:
    """The user's PYTHONPATH stays in force, and their sitecustomize runs."""
    folder = app.with_name("site")
    folder.mkdir()
    folder.joinpath("sitecustomize.py").write_text("import builtins; builtins.customized = __file__\n")
    app.write_text(APP + "import sitecustomize; print(customized == sitecustomize.__file__)\n")
    done = watch("--", sys.executable, str(app), PYTHONPATH=str(folder))
    assert (done.stdout, done.stderr) == ("arguments:\nTrue\n", "")
    assert len(receiver.named("work")) == 1


def test_broken_sitecustomize(app: Path, watch: Watch, receiver: Receiver) -> None:
    """A sitecustomize of the user's that fails is told by Python as ever, and the spans arrive all the same."""
    app.with_name("sitecustomize.py").write_text("raise RuntimeError('mine')\n")
    done = watch("--", sys.executable, str(app), PYTHONPATH=str(app.parent))
    assert done.returncode == 0
    assert "RuntimeError: mine" in done.stderr
    assert len(receiver.named("work")) == 1


def test_other_python(app: Path, watch: Watch, receiver: Receiver) -> None:
    """A Python without spanmill runs the program, with one line that says that nothing is recorded."""
    app.write_text("print('ran')\n")
    bare = app.with_name("bare")
    venv.create(bare, symlinks=True)
    done = watch("--", str(bare / "bin" / "python"), str(app))
    assert (done.returncode, done.stdout) == (0, "ran\n")
    assert done.stderr == f"spanmill: not installed for {bare / 'bin' / 'python'}, so nothing is recorded\n"
    assert receiver.spans == []


def test_unknown_program(watch: Watch) -> None:
    """A program that does not exist is one sentence and exit code 127; a script without its Python gets a hint."""
    done = watch("--", "no-such-program")
    assert (done.returncode, done.stderr) == (127, "Error: There is no program 'no-such-program' on PATH.\n")
    done = watch("--", "app.py", "--fast")
    assert done.returncode == 127
    assert done.stderr.endswith("a script needs its Python: spanmill run -- python app.py --fast\n")


def test_unusable_program(app: Path, watch: Watch) -> None:
    """A program that cannot be started is one sentence and exit code 126."""
    app.write_bytes(b"\x7fELF, but not really")
    app.chmod(0o755)
    done = watch("--", str(app))
    assert done.returncode == 126
    assert done.stderr == f"Error: {app} cannot be started: Exec format error.\n"


def test_usage(watch: Watch) -> None:
    """No program at all is a usage error."""
    done = watch()
    assert done.returncode == 2
    assert "Missing argument 'PROGRAM'" in done.stderr
