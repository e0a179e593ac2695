"""The bare install, in an environment of its own: enough to send, and light to import."""

import json
import sys

import pytest

from support.bare_environment import bare_python
from support.otlp_receiver import Receiver
from support.programs import Run


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Its Python."""
    return str(bare_python(tmp_path_factory.mktemp("bare")))


def test_it_holds_nothing_else(start: Run, bare: str) -> None:
    """Neither the servers' parts nor what they need, though all of that is installed where the tests run."""
    names = ("spanmill", "spanmill_store", "pydantic", "redis")
    done = start(bare, "-c", f"import importlib.util as u; print([name for name in {names} if u.find_spec(name)])")
    assert (done.stdout, done.stderr) == ("['spanmill']\n", "")


def test_importing_it_brings_in_nothing_but_itself(start: Run, bare: str) -> None:
    """The host pays for OpenTelemetry when it begins its first span, not when it imports its modules."""
    loads = "import sys, json; before = set(sys.modules); import spanmill"
    done = start(bare, "-c", f"{loads}; print(json.dumps(sorted(set(sys.modules) - before)))")
    loaded = {name.split(".")[0] for name in json.loads(done.stdout)}
    assert loaded - sys.stdlib_module_names == {"spanmill"}
    assert not loaded & {"asyncio", "multiprocessing", "http", "ssl", "email", "concurrent"}


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
def test_it_is_enough_to_send(start: Run, bare: str, receiver: Receiver, protocol: str) -> None:
    """Spans and scores, over both protocols."""
    endpoint = receiver.grpc_url if protocol == "grpc" else receiver.http_url
    program = """
import spanmill
spanmill.init("bare")
with spanmill.span("work") as step:
    step.set_input("where?")
spanmill.feedback(thumbs_up=True, trace_id="1" * 32)
"""
    done = start(bare, "-c", program, OTEL_EXPORTER_OTLP_PROTOCOL=protocol, SPANMILL_ENDPOINT=endpoint)
    assert (done.returncode, done.stderr) == (0, "")
    assert [span.name for span in receiver.spans] == ["work"]
    assert len(receiver.logs) == 1


def test_it_has_the_command(start: Run, bare: str) -> None:
    """Run and doctor; the servers' commands say what to install."""
    done = start(bare, "-m", "spanmill", "run", "--", bare, "-c", "print('ran')")
    assert (done.returncode, done.stdout) == (0, "ran\n")
