"""A receiver of spans, the example's model server, and small programs to be watched."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.otlp_receiver import Receiver, otlp_receiver
from support.packages import Packages
from support.processes import clean_environment, free_port, stop, wait_until
from support.programs import Run
from support.recorded_steps import Recorded
from support.servers import answers

EXAMPLE = Path(__file__).parents[2] / "examples" / "support_bot"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """An OTLP receiver of the test's own."""
    with otlp_receiver() as running:
        yield running


@pytest.fixture(scope="session")
def model_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The example's model server, as the base URL for an OpenAI client."""
    port, log = free_port(), tmp_path_factory.mktemp("model") / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, str(EXAMPLE / "model_server.py"), "--port", str(port)], stdout=output, stderr=output
        )
    url = f"http://127.0.0.1:{port}/v1"
    try:
        wait_until(lambda: answers(f"{url}/models"), f"the model server, see {log}")
        yield url
    finally:
        stop(server)


@pytest.fixture
def start(tmp_path: Path, receiver: Receiver) -> Run:
    """Runs a command to its end, with the receiver as the collector and no instrumentors unless *variables* say so."""

    def run(program: str, /, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        defaults = {"SPANMILL_ENDPOINT": receiver.grpc_url, "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "*"}
        environment = clean_environment(**(defaults | variables))
        environment = {name: value for name, value in environment.items() if value}
        return subprocess.run(
            (program, *arguments),
            check=False,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environment,
            timeout=110,
        )

    return run


@pytest.fixture
def python(tmp_path: Path, start: Run) -> Run:
    """Runs a program given as text."""

    def run(program: str, /, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        path = tmp_path / "program.py"
        path.write_text(program)
        return start(sys.executable, str(path), *arguments, **variables)

    return run


@pytest.fixture
def recorded() -> Recorded:
    """Steps on a tracer provider of the test's own."""
    return Recorded()


@pytest.fixture
def packages(tmp_path: Path) -> Packages:
    """No made-up instrumentors yet."""
    folder = tmp_path / "packages"
    folder.mkdir()
    return Packages(folder)
