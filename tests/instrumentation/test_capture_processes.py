"""`spanmill.testing.capture` in whatever state a process is: it records, sends nothing, and undoes itself."""

import pytest

from support.otlp_receiver import Receiver
from support.programs import Run

INITIALISED = """
import spanmill
spanmill.init("shop")
"""
OWN_PROVIDER = """
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

own = InMemorySpanExporter()
provider = TracerProvider(shutdown_on_exit=False)
provider.add_span_processor(SimpleSpanProcessor(own))
"""
QUESTION = "Hi, Ana Costa here. I would like to return the Aster kettle from order KC-4100. How long do I have?"
BLOCK = """
import spanmill
from opentelemetry import trace
from spanmill.testing import capture

tracer = trace.get_tracer("kept")

def work(name):
    with spanmill.span(name), tracer.start_as_current_span(name):
        spanmill.score("s", 1, session_id=name)

work("before")
with capture() as captured:
    work("within")
    trace.get_tracer("new").start_span("within").end()
work("after")
print([span.name for span in captured.spans], len(captured.scores))
"""


def test_after_init(python: Run, receiver: Receiver) -> None:
    """Spans and scores of the block stay in it; what was before and comes after is sent."""
    done = python(INITIALISED + BLOCK)
    assert (done.stdout, done.stderr) == ("['within', 'within', 'within'] 1\n", "")
    assert sorted(span.name for span in receiver.spans) == ["after", "after", "before", "before"]
    assert [log.attributes["session.id"] for log in receiver.logs] == ["before", "after"]


def test_init_in_the_block(python: Run, receiver: Receiver) -> None:
    """Counts from then on, but sends nothing of the block."""
    done = python(BLOCK.replace("capture() as captured:", "capture() as captured:\n    spanmill.init('shop')"))
    assert (done.stdout, done.stderr) == ("['within', 'within', 'within'] 1\n", "")
    assert [span.name for span in receiver.spans] == ["after", "after"]
    assert [log.attributes["session.id"] for log in receiver.logs] == ["after"]


@pytest.mark.parametrize("variables", [{}, {"OTEL_SDK_DISABLED": "true"}, {"OTEL_TRACES_SAMPLER": "always_off"}])
def test_without_init(python: Run, receiver: Receiver, variables: dict[str, str]) -> None:
    """Or with OpenTelemetry disabled, it records as well, and leaves nothing behind: no provider, no method."""
    methods = "(Tracer.start_span, trace.NoOpTracer.start_span, trace.NoOpTracer.start_as_current_span)"
    done = python(
        "from opentelemetry import trace\nfrom opentelemetry.sdk.trace import Tracer\n"
        f"methods = {methods}\n{BLOCK}\n"
        f"print(methods == {methods}, isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider))",
        **variables,
    )
    assert (done.stdout, done.stderr) == ("['within', 'within', 'within'] 1\nTrue True\n", "")
    assert receiver.spans == []


def test_a_provider_of_the_applications(python: Run) -> None:
    """Gets nothing of the block, though its tracers were kept before; afterwards it gets everything again."""
    done = python(
        OWN_PROVIDER + "trace.set_tracer_provider(provider)\n" + BLOCK + "print(len(own.get_finished_spans()))"
    )
    assert (done.stdout, done.stderr) == ("['within', 'within', 'within'] 1\n4\n", "")


def test_a_provider_that_is_set_later(python: Run) -> None:
    """Is set as if there had been no capture, and tracers kept in the block find it."""
    done = python(
        OWN_PROVIDER
        + """
from spanmill.testing import capture
with capture():
    tracer = trace.get_tracer("kept")
    @tracer.start_as_current_span("decorated")
    def decorated(): pass
    decorated()
    tracer.start_span("within").end()
trace.set_tracer_provider(provider)
decorated()
tracer.start_span("after").end()
print([span.name for span in own.get_finished_spans()], trace.get_tracer_provider() is provider)
"""
    )
    assert (done.stdout, done.stderr) == ("['decorated', 'after'] True\n", "")


def test_a_provider_that_is_not_the_sdks(python: Run) -> None:
    """Makes no difference either."""
    done = python(
        """
from opentelemetry import trace

class ForeignTracer(trace.Tracer):
    begun = []
    def start_span(self, name, *args, **kwargs):
        self.begun.append(name)
        return trace.INVALID_SPAN
    def start_as_current_span(self, name, *args, **kwargs):
        return trace.use_span(self.start_span(name))

class ForeignProvider(trace.TracerProvider):
    def get_tracer(self, *args, **kwargs):
        return ForeignTracer()

trace.set_tracer_provider(ForeignProvider())
"""
        + BLOCK
        + "print(ForeignTracer.begun)"
    )
    assert done.stdout == "['within', 'within', 'within'] 1\n['before', 'before', 'after', 'after']\n"
    assert done.stderr == ""


@pytest.mark.parametrize(
    "instrumentor", ["opentelemetry.instrumentation.genai.openai", "openinference.instrumentation.openai"]
)
def test_instrumentors(python: Run, receiver: Receiver, model_url: str, instrumentor: str) -> None:
    """Their spans are captured, though they keep the tracer that they got when they were switched on."""
    done = python(
        f"""
from {instrumentor} import OpenAIInstrumentor
OpenAIInstrumentor().instrument()
from openai import OpenAI
import spanmill
from spanmill.testing import capture

def ask(question):
    with OpenAI(base_url={model_url!r}, api_key="x") as client, spanmill.span("answer", kind="agent"):
        client.chat.completions.create(model="m", messages=[{{"role": "user", "content": question}}])

for _ in range(2):
    with capture() as captured:
        ask({QUESTION!r})
    call = captured.one(kind="llm")
    print(call.parent.name, {QUESTION!r} in call.input, bool(call.output), len(captured.spans))
""",
        OTEL_SEMCONV_STABILITY_OPT_IN="gen_ai_latest_experimental",
        OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_ONLY",
    )
    assert done.stdout == "answer True True 2\n" * 2, done.stderr
    assert receiver.spans == []


@pytest.mark.parametrize("disabled", ["", "opentelemetry-instrumentation-genai-openai"])
def test_instrumentors_for_the_block(python: Run, receiver: Receiver, model_url: str, disabled: str) -> None:
    """Are switched on with content if asked for, and off again; what is on already stays on."""
    done = python(
        f"""
import os
from openai import OpenAI
from spanmill.testing import capture

def ask():
    with OpenAI(base_url={model_url!r}, api_key="x") as client:
        client.chat.completions.create(model="m", messages=[{{"role": "user", "content": {QUESTION!r}}}])

before = dict(os.environ)
for _ in range(2):
    with capture(instrument=True) as captured:
        ask()
    call = captured.one(kind="llm")
    print({QUESTION!r} in call.input, bool(call.output), len(captured.spans), os.environ == before)
    with capture() as captured:
        ask()
    print(len(captured.spans))
if {disabled!r}:
    from openinference.instrumentation.openai import OpenAIInstrumentor
else:
    from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor
OpenAIInstrumentor().instrument()
with capture(instrument=True) as captured:
    ask()
print(len(captured.spans), OpenAIInstrumentor().is_instrumented_by_opentelemetry)
""",
        OTEL_PYTHON_DISABLED_INSTRUMENTATIONS=disabled,
    )
    assert done.stdout == "True True 1 True\n0\n" * 2 + "1 True\n", done.stderr
    assert receiver.spans == []
