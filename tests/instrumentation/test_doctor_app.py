"""`spanmill doctor --app`, as it is called."""

import contextlib
import json
import socket
import sys
import time
import venv
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from support.otlp_receiver import Receiver
from support.packages import Packages, instruments
from support.processes import free_port
from support.programs import Run

APP = ("-m", "spanmill", "doctor", "--app")


def _doctor(start: Run, *arguments: str, **variables: str) -> CompletedProcess[str]:
    return start(sys.executable, *APP, *arguments, **({"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": ""} | variables))


def _report(start: Run, *arguments: str, **variables: str) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(_doctor(start, "--json", *arguments, **variables).stdout)
    return report


def _library(report: dict[str, Any], name: str) -> dict[str, Any]:
    [found] = [one for one in report["libraries"] if one["library"] == name]
    return dict(found)


class TestLibraries:
    """What is installed, and who records it."""

    def test_of_two_instrumentors_the_chosen_one(self, start: Run) -> None:
        """Is named, with the one that is left out and how to choose otherwise: the one that `init` switches on."""
        found = _library(_report(start), "openai")
        assert (found["state"], found["instrumentor"]) == ("recorded", "opentelemetry-instrumentation-genai-openai")
        assert found["passed_over"] == ["openinference-instrumentation-openai"]
        text = _doctor(start).stdout
        assert "Of openai one instrumentor is enough, and these are left out: openinference-instrumentation-op" in text
        assert "name opentelemetry-instrumentation-genai-openai in OTEL_PYTHON_DISABLED_INSTRUMENTATIONS" in text
        otherwise = {"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "opentelemetry-instrumentation-genai-openai"}
        found = _library(_report(start, **otherwise), "openai")
        assert (found["state"], found["instrumentor"]) == ("recorded", "openinference-instrumentation-openai")

    def test_what_could_be(self, start: Run, packages: Packages) -> None:
        """Has the line to install it with; libraries of models come first."""
        packages.describe("mistralai", version="2.1")
        packages.describe("celery", version="5.6")
        packages.describe("smolagents", version="1.30")
        packages.add("talkative", "smolagents", body="print('on')")
        packages.describe("pydantic-ai", version="3.0")
        report = _report(start, PYTHONPATH=str(packages.folder))
        found = _library(report, "mistralai")
        assert (found["version"], found["state"]) == ("2.1", "not recorded")
        assert found["remedy"] == "pip install openinference-instrumentation-mistralai"
        assert "Agent.instrument_all()" in _library(report, "pydantic-ai")["remedy"]
        assert _library(report, "smolagents")["state"] == "recorded"
        names = [one["library"] for one in report["libraries"]]
        assert names.index("mistralai") < names.index("openai") < names.index("celery")

    def test_what_does_not_fit(self, start: Run, packages: Packages) -> None:
        """Has the reason: another version, broken in one way or another, or disabled."""
        packages.describe("groq", version="0.1")
        packages.describe("litellm", version="1.0")
        packages.describe("unheard-of", version="7.0")
        packages.add("for_groq", "groq", requires=instruments("groq>=0.9"))
        packages.add("for_litellm", "litellm", body="import")
        packages.describe("mcp", version="2.3")
        packages.add("for_mcp", "mcp", body="raise RuntimeError('renamed')")
        packages.add("for_unheard_of", "x", requires=instruments("unheard-of"))
        report = _report(
            start, PYTHONPATH=str(packages.folder), OTEL_PYTHON_DISABLED_INSTRUMENTATIONS="openai,for_unheard_of"
        )
        groq, litellm, mcp, other = (_library(report, name) for name in ("groq", "litellm", "mcp", "unheard-of"))
        assert (groq["state"], "groq>=0.9" in groq["remedy"]) == ("unfit", True)
        assert (litellm["state"], litellm["remedy"]) == ("unfit", "ModuleNotFoundError: No module named 'not_there'")
        assert (mcp["state"], mcp["instrumentor"], mcp["remedy"]) == ("unfit", "for_mcp", "RuntimeError: renamed")
        assert (other["state"], other["version"]) == ("disabled", "7.0")
        assert _library(report, "openai")["state"] == "disabled"


class TestDestination:
    """Where spans go, and whether they are taken."""

    def test_a_collector_that_answers(self, start: Run, receiver: Receiver) -> None:
        """Is sent nothing but an empty request, over the protocol and with the headers of the spans."""
        done = _doctor(start, SPANMILL_API_KEY="s3cret")
        assert (done.returncode, done.stderr) == (0, "")
        assert f"Spans     go to {receiver.grpc_url} over grpc: taken" in done.stdout
        assert "s3cret" not in done.stdout
        report = _report(
            start,
            SPANMILL_ENDPOINT="",
            OTEL_EXPORTER_OTLP_ENDPOINT=receiver.http_url,
            OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf",
            OTEL_EXPORTER_OTLP_HEADERS="tenant=s3cret",
        )
        assert report["destination"] == {
            "exporters": ["otlp"],
            "protocol": "http/protobuf",
            "endpoint": f"{receiver.http_url}/v1/traces",
            "headers": ["tenant"],
            "problem": None,
            "remedy": "",
        }
        assert (receiver.spans, len(receiver.requests)) == ([], 2)

    def test_one_that_is_named_in_the_code(self, start: Run, receiver: Receiver) -> None:
        """Is given by `--endpoint`."""
        done = _doctor(start, "--endpoint", receiver.grpc_url, SPANMILL_ENDPOINT="http://127.0.0.1:1")
        assert done.returncode == 0

    def test_one_that_is_away(self, start: Run) -> None:
        """Is one sentence with the reason and the remedy, and exit code 1."""
        url = f"http://127.0.0.1:{free_port()}"
        done = _doctor(start, SPANMILL_ENDPOINT=url)
        assert done.returncode == 1
        assert done.stderr == (
            f"Error: No spans would arrive: {url} does not take spans over grpc: Connection refused. "
            "Start a collector with `spanmill up`, or name another in SPANMILL_ENDPOINT.\n"
        )
        assert "Traceback" not in done.stdout

    @pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
    def test_one_that_says_nothing(self, start: Run, protocol: str) -> None:
        """Is given up after two seconds."""
        with _silent_server() as url:
            began = time.monotonic()
            done = _doctor(start, SPANMILL_ENDPOINT=url, OTEL_EXPORTER_OTLP_PROTOCOL=protocol)
        assert time.monotonic() - began < 20  # of which most is the start of Python, on a busy machine
        assert (done.returncode, "no answer within 2 s" in done.stderr) == (1, True)
        assert "Traceback" not in done.stderr

    def test_something_else(self, start: Run, receiver: Receiver) -> None:
        """That refuses is told with its own words, and without secrets."""
        url = receiver.http_url.replace("//", "//user:s3cret@")
        done = _doctor(
            start, SPANMILL_ENDPOINT=f"{url}/other?k=s3cret", SPANMILL_API_KEY="s3cret", OTEL_SERVICE_NAME="shop"
        )
        assert done.returncode == 1
        assert "it refuses them: " in done.stderr
        assert "404" in done.stderr
        assert "s3cret" not in done.stderr + done.stdout

    @pytest.mark.parametrize(
        ("name", "value"),
        [("OTEL_SDK_DISABLED", "true"), ("OTEL_TRACES_SAMPLER", "always_off"), ("OTEL_TRACES_EXPORTER", "console")],
    )
    def test_variables_that_keep_spans_away(self, start: Run, name: str, value: str) -> None:
        """Are named, whatever else is well."""
        done = _doctor(start, **{name: value})
        assert done.returncode == 1
        assert done.stderr.startswith(("Error: Nothing is recorded: ", "Error: No spans would arrive: "))
        assert f"{name} is '{value}'" in done.stderr
        assert f"{name} " in done.stdout


@contextlib.contextmanager
def _silent_server() -> Iterator[str]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_several_distributions(start: Run, packages: Packages) -> None:
    """Of which `opentelemetry-instrument` takes any, are told, until a variable chooses."""
    packages.describe("opentelemetry-distro", "[opentelemetry_distro]\ndistro = distro:Distro\n")
    path = {"PYTHONPATH": str(packages.folder)}
    [note] = _report(start, **path)["notes"]
    assert note == (
        "opentelemetry-instrument finds distro, spanmill and takes any of them: "
        "set OTEL_PYTHON_DISTRO=spanmill and OTEL_PYTHON_CONFIGURATOR=spanmill."
    )
    assert note in _doctor(start, **path).stdout
    chosen = {"OTEL_PYTHON_DISTRO": "spanmill", "OTEL_PYTHON_CONFIGURATOR": "spanmill"}
    assert _report(start, **path, **chosen)["notes"] == []


class TestElsewhere:
    """Where the application runs."""

    def test_the_python_of_a_program(self, start: Run, tmp_path: Path) -> None:
        """Is examined, and the program not started."""
        bare = tmp_path / "bare"
        venv.create(bare, symlinks=True)
        site = next(bare.glob("lib/python*/site-packages"))
        site.joinpath("all.pth").write_text("\n".join(path for path in sys.path if path))
        app = tmp_path / "app.py"
        app.write_text("raise SystemExit(9)")
        done = _doctor(start, "--json", "--", str(bare / "bin" / "python"), str(app), "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["python"] == str(bare / "bin" / "python")

    def test_one_without_spanmill(self, start: Run, tmp_path: Path) -> None:
        """Is told how to get it."""
        venv.create(tmp_path / "bare", symlinks=True)
        python = tmp_path / "bare" / "bin" / "python"
        done = _doctor(start, "--", str(python), "app.py")
        assert done.returncode == 1
        assert done.stderr == f"Error: spanmill is not installed for {python}: {python} -m pip install spanmill\n"

    def test_what_is_no_python(self, start: Run) -> None:
        """Is named."""
        done = _doctor(start, "--", "no-such-program")
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("Error: 'no-such-program' is no Python program on PATH: ")

    def test_the_bare_install(self, python: Run) -> None:
        """Has the command, though it has none of the servers'."""
        done = python(
            """
import sys
for name in ("rich", "pydantic", "pydantic_settings", "clickhouse_connect", "spanmill_deploy", "spanmill_store"):
    sys.modules[name] = None
from spanmill.cli import main
main(["doctor", *sys.argv[1:]], prog_name="spanmill")
""",
            "--json",
            "--app",
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert json.loads(done.stdout)["problem"] is None
