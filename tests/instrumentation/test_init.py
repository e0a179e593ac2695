"""`spanmill.init` in real processes, seen from the collector."""

from support.otlp_receiver import Receiver
from support.processes import free_port
from support.programs import Run

ONE_SPAN = """
import spanmill
spanmill.init("shop")
from opentelemetry import trace
with trace.get_tracer("test").start_as_current_span("work"):
    pass
"""


def test_spans_arrive(python: Run, receiver: Receiver) -> None:
    """Three lines send a span, with the service's and the shim's name, and the exit waits for it."""
    done = python(ONE_SPAN)
    assert (done.returncode, done.stderr) == (0, "")
    (span,) = receiver.spans
    assert span.name == "work"
    assert span.resource["service.name"] == "shop"
    assert span.resource["telemetry.distro.name"] == "spanmill"


def test_over_http(python: Run, receiver: Receiver) -> None:
    """OTEL_EXPORTER_OTLP_PROTOCOL chooses HTTP, and the path is added to a bare URL."""
    python(ONE_SPAN, SPANMILL_ENDPOINT=receiver.http_url, OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf")
    assert len(receiver.named("work")) == 1


def test_standard_variables(python: Run, receiver: Receiver) -> None:
    """Endpoint, headers, resource and sampler come from the standard variables where the code says nothing."""
    program = ONE_SPAN.replace('"shop"', "")
    standard = {
        "SPANMILL_ENDPOINT": "",
        "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.grpc_url,
        "OTEL_EXPORTER_OTLP_HEADERS": "tenant=a",
        "OTEL_RESOURCE_ATTRIBUTES": "service.name=from-environment,deployment.environment.name=test",
    }
    python(program, **standard)
    (span,) = receiver.spans
    assert span.headers["tenant"] == "a"
    assert span.resource["service.name"] == "from-environment"
    assert span.resource["deployment.environment.name"] == "test"
    python(program, **standard, OTEL_TRACES_SAMPLER="always_off")
    assert len(receiver.spans) == 1


def test_key_and_headers(python: Run, receiver: Receiver) -> None:
    """The API key and headers go with every request."""
    python(ONE_SPAN.replace('"shop"', 'headers={"Tenant": "b"}'), SPANMILL_API_KEY="secret")
    (span,) = receiver.spans
    assert (span.headers["authorization"], span.headers["tenant"]) == ("Bearer secret", "b")


def test_disabled(python: Run, receiver: Receiver) -> None:
    """OTEL_SDK_DISABLED and OTEL_TRACES_EXPORTER=none send nothing and disturb nothing."""
    for variables in ({"OTEL_SDK_DISABLED": "true"}, {"OTEL_TRACES_EXPORTER": "none"}):
        done = python(ONE_SPAN, **variables)
        assert (done.returncode, done.stderr) == (0, "")
    assert receiver.spans == []


def test_other_exporters(python: Run, receiver: Receiver) -> None:
    """OTEL_TRACES_EXPORTER adds installed exporters; one that is not installed is a line in the log."""
    assert '"name": "work"' in python(ONE_SPAN, OTEL_TRACES_EXPORTER="console,otlp").stdout
    assert len(receiver.spans) == 1
    done = python(ONE_SPAN, OTEL_TRACES_EXPORTER="nonsense,otlp")
    assert "no exporter named 'nonsense' is installed" in done.stderr
    assert done.stderr.count("\n") == 1
    assert len(receiver.spans) == 2


def test_idempotent(python: Run, receiver: Receiver) -> None:
    """Later calls do nothing; one with other arguments says so."""
    again = ONE_SPAN.replace(
        'spanmill.init("shop")', 'spanmill.init("shop"); spanmill.init("shop"); spanmill.init("x")'
    )
    done = python(again)
    assert done.stderr == "spanmill.init was called before, with other arguments; the first call counts\n"
    assert [span.resource["service.name"] for span in receiver.spans] == ["shop"]


def test_joins_a_provider(python: Run, receiver: Receiver) -> None:
    """An application's own tracer provider stays and gets a second destination."""
    done = python("""
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
import spanmill

own = InMemorySpanExporter()
provider = TracerProvider(shutdown_on_exit=False)
provider.add_span_processor(SimpleSpanProcessor(own))
trace.set_tracer_provider(provider)
spanmill.init("shop")
with trace.get_tracer("test").start_as_current_span("work"):
    pass
assert trace.get_tracer_provider() is provider
print([span.name for span in own.get_finished_spans()])
""")
    assert (done.stdout, done.stderr) == ("['work']\n", "")
    assert len(receiver.named("work")) == 1


def test_foreign_provider(python: Run, receiver: Receiver) -> None:
    """A provider that is not the SDK's is left alone, with one line that names it."""
    done = python("""
from opentelemetry import trace
import spanmill

class Foreign(trace.NoOpTracerProvider):
    pass

trace.set_tracer_provider(Foreign())
spanmill.init()
""")
    assert done.returncode == 0
    assert "the application's __main__.Foreign is not a tracer provider" in done.stderr
    assert done.stderr.count("\n") == 1
    assert receiver.spans == []


def test_flush(python: Run, receiver: Receiver) -> None:
    """`flush` returns True when the spans were taken, so that a process may end without its exit handlers."""
    done = python(ONE_SPAN + "print(spanmill.flush(), flush=True)\nimport os\nos._exit(0)\n")
    assert done.stdout == "True\n"
    assert len(receiver.named("work")) == 1


def test_flush_in_time(python: Run) -> None:
    """`flush` gives up after its time-out, returns False, and the exit does not wait for the collector either."""
    program = ONE_SPAN.replace('"shop"', "exit_timeout_s=0.1") + "print(spanmill.flush(0.1))\n"
    done = python(program, SPANMILL_ENDPOINT=f"http://127.0.0.1:{free_port()}")
    assert (done.returncode, done.stdout) == (0, "False\n")
    assert "Traceback" not in done.stderr


def test_fork(python: Run, receiver: Receiver) -> None:
    """Parent and forked child each send their own spans, none is lost and none comes twice."""
    done = python(
        """
import os
import spanmill
spanmill.init("forking")
from opentelemetry import trace
tracer = trace.get_tracer("test")
with tracer.start_as_current_span("before"):
    pass
child = os.fork()
with tracer.start_as_current_span("parent" if child else "child"):
    pass
if child:
    os.waitpid(child, 0)
""",
        PYTHONWARNINGS="ignore::DeprecationWarning",
    )  # newer Pythons warn of every fork beside threads
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(span.name for span in receiver.spans) == ["before", "child", "parent"]


def test_host_errors_are_the_hosts(python: Run, receiver: Receiver) -> None:
    """A crash keeps its traceback and exit code, and its spans arrive."""
    done = python(ONE_SPAN + "raise SystemExit(7)\n")
    assert done.returncode == 7
    done = python(ONE_SPAN + "1 / 0\n")
    assert done.returncode == 1
    assert done.stderr.endswith("ZeroDivisionError: division by zero\n")
    assert len(receiver.named("work")) == 2
