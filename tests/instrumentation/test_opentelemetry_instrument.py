"""Plain `opentelemetry-instrument`, as OpenTelemetry documents it, sends to spanmill where spanmill is installed."""

import sys
from pathlib import Path
from subprocess import CompletedProcess
from typing import Protocol

import pytest

from support.otlp_receiver import Receiver
from support.packages import Packages
from support.programs import Run

APP = """
import spanmill
from opentelemetry import trace

with spanmill.session("s-1"), trace.get_tracer("app").start_as_current_span("work"):
    spanmill.score("good", 1, session_id="s-1")
print("done")
"""
QUESTION = "Hi, Ana Costa here. I would like to return the Aster kettle from order KC-4100. How long do I have?"
ASK = """
import sys
from openai import OpenAI
with OpenAI(base_url=sys.argv[1], api_key="x") as client:
    client.chat.completions.create(model="m", messages=[{"role": "user", "content": sys.argv[2]}])
"""


class Watch(Protocol):
    """Runs a program given as text by `opentelemetry-instrument`."""

    def __call__(self, program: str, /, *arguments: str, **variables: str) -> CompletedProcess[str]:
        """Wait for its end."""


@pytest.fixture
def watch(start: Run, tmp_path: Path) -> Watch:
    """Runs a program by `opentelemetry-instrument`, with no instrumentors unless *variables* say so."""
    path = tmp_path / "app.py"

    def run(program: str, /, *arguments: str, **variables: str) -> CompletedProcess[str]:
        path.write_text(program)
        instrument = Path(sys.executable).with_name("opentelemetry-instrument")
        return start(str(instrument), sys.executable, str(path), *arguments, **variables)

    return run


def test_spans_and_scores_arrive(watch: Watch, receiver: Receiver) -> None:
    """Once, with the session, and with what both OpenTelemetry and spanmill say of themselves."""
    done = watch(APP, OTEL_SERVICE_NAME="shop")
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")
    [span] = receiver.spans
    assert (span.name, span.attributes["session.id"]) == ("work", "s-1")
    assert (span.resource["service.name"], span.resource["telemetry.distro.name"]) == ("shop", "spanmill")
    assert span.resource["telemetry.auto.version"]
    assert [log.attributes["gen_ai.evaluation.name"] for log in receiver.logs] == ["good"]


def test_variables_keep_their_meaning(watch: Watch, receiver: Receiver) -> None:
    """Where spans go, how, which, and whether at all."""
    http = {"SPANMILL_ENDPOINT": "", "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.http_url}
    watch(APP, **http, OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf", OTEL_EXPORTER_OTLP_HEADERS="tenant=a")
    [span] = receiver.spans
    assert span.headers["tenant"] == "a"
    for variables in (
        {"OTEL_TRACES_SAMPLER": "always_off"},
        {"OTEL_SDK_DISABLED": "true"},
        {"OTEL_TRACES_EXPORTER": "none"},
    ):
        done = watch(APP, **variables)
        assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")
    assert '"name": "work"' in watch(APP, OTEL_TRACES_EXPORTER="console").stdout
    assert len(receiver.spans) == 1


def test_only_a_share_of_the_traces(watch: Watch, receiver: Receiver) -> None:
    """And all that failed, as with `init`."""
    program = """
from opentelemetry import trace
for number in range(40):
    with trace.get_tracer("app").start_as_current_span("fails" if number % 4 == 0 else "works") as span:
        if span.name == "fails":
            span.set_status(trace.StatusCode.ERROR)
"""
    done = watch(program, SPANMILL_SAMPLE="0.2")
    assert (done.returncode, done.stderr) == (0, "")
    assert {span.trace_state for span in receiver.named("fails")} == {"ot=th:0"}
    assert len(receiver.named("fails")) == 10
    assert len(receiver.named("works")) < 20


def test_metrics_where_they_are_asked_for(watch: Watch) -> None:
    """By OpenTelemetry's own exporters."""
    meter = "from opentelemetry import metrics\nmetrics.get_meter('m').create_counter('calls').add(1)\n"
    assert '"calls"' in watch(meter, OTEL_METRICS_EXPORTER="console").stdout
    assert watch(meter).stdout == ""


def test_a_metrics_exporter_that_is_not_there(watch: Watch, receiver: Receiver) -> None:
    """Is a line, and the spans go all the same."""
    done = watch(APP, OTEL_METRICS_EXPORTER="nonsense")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (0, "done\n", 1)
    assert done.stderr.startswith("spanmill could not set up OpenTelemetry: ")
    assert len(receiver.spans) == 1


def test_init_in_the_application(watch: Watch, receiver: Receiver) -> None:
    """Does nothing again."""
    done = watch("import spanmill\nspanmill.init()\n" + APP)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(receiver.spans) == 1


@pytest.mark.parametrize("again", ["", "import spanmill\nspanmill.init()\n"])
@pytest.mark.parametrize(
    ("disabled", "key"),
    [("", "gen_ai.operation.name"), ("opentelemetry-instrumentation-genai-openai", "llm.system")],
)
def test_one_instrumentor_of_two(
    watch: Watch, receiver: Receiver, model_url: str, again: str, disabled: str, key: str
) -> None:
    """A call is one span, with its content, whichever of the two is chosen."""
    done = watch(again + ASK, model_url, QUESTION, OTEL_PYTHON_DISABLED_INSTRUMENTATIONS=disabled)
    assert (done.returncode, done.stderr) == (0, "")
    [span] = receiver.spans
    assert key in span.attributes
    assert QUESTION in " ".join(map(str, span.attributes.values()))


def test_every_library_once(watch: Watch, packages: Packages) -> None:
    """Also where the better instrumentor is broken, and names differ."""
    packages.add("broken", "llamaindex", body="import", requires="Requires-Dist: opentelemetry-util-genai>=1\n")
    packages.add("whole", "llama_index")
    packages.add("worse", "llama-index-core")
    packages.add("other", "other")
    done = watch("print('done')", PYTHONPATH=str(packages.folder), OTEL_PYTHON_DISABLED_INSTRUMENTATIONS="openai")
    assert sorted(done.stdout.splitlines()) == ["done", "on: other", "on: whole"]
    assert done.stderr.startswith("spanmill could not load the instrumentor broken:Instrumentor: ")


def test_another_distribution_by_name(watch: Watch, receiver: Receiver) -> None:
    """`OTEL_PYTHON_CONFIGURATOR` chooses, and ours then leaves everything alone."""
    done = watch(APP, OTEL_PYTHON_CONFIGURATOR="other", OTEL_PYTHON_DISTRO="other")
    assert (done.returncode, done.stdout) == (0, "done\n")
    assert receiver.spans == []
