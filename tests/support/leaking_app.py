"""
An application that lets slip what it is given, by every route by which anything leaves it.

    python leaking_app.py TEXTS MODEL_URL OWN

TEXTS holds route → texts, as JSON. What the application's own exporter sees is written to the file OWN. It prints how
many spans and how many log records it has made.
"""

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import openai
from openinference.instrumentation.openai import OpenAIInstrumentor as OpenInference
from opentelemetry import baggage, context, trace
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor as GenAI
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Link, SpanContext, Status, StatusCode, TraceFlags, TraceState

import spanmill


def attributes(text: str) -> None:
    """Values of attributes: alone, in prose, in lists, in values in values, in bytes."""
    tracer = trace.get_tracer("app")
    span: Any = tracer.start_span("attributes", attributes={"alone": text, "prose": f"It is {text}, isn't it?"})
    span.set_attributes({"listed": ["a", text], "nested": {"deep": [{"er": text}]}, "bytes": text.encode()})
    span.end()


def keys(text: str) -> None:
    """Keys of attributes."""
    with spanmill.span("keys", attributes={f"seen.{text}.times": 1}):
        pass


def names(text: str) -> None:
    """Names of spans, of what is instrumented, and of events."""
    with trace.get_tracer(f"scope {text}", "1", attributes={"text": text}).start_as_current_span(
        f"name {text}"
    ) as span:
        span.add_event(f"event {text}")


def events(text: str) -> None:
    """Attributes of events, and links."""
    linked = SpanContext(7, 7, is_remote=True, trace_state=_state(text))
    with trace.get_tracer("app").start_as_current_span("events", links=[Link(linked, {"text": text})]) as span:
        span.add_event("said", {"text": text})


def states(text: str) -> None:
    """What came with `tracestate`."""
    remote = SpanContext(9, 9, is_remote=True, trace_flags=TraceFlags(1), trace_state=_state(text))
    parent = trace.set_span_in_context(trace.NonRecordingSpan(remote))
    trace.get_tracer("app").start_span("states", context=parent).end()


def _state(text: str) -> TraceState:
    return TraceState([("vendor", text.replace("=", ":").replace(",", ";"))])


def arguments(text: str) -> None:
    """Arguments and results of functions, and what a generator yields."""

    @spanmill.observe
    def answer(question: str, *, history: list[dict[str, str]]) -> dict[str, str]:
        return {"answer": f"About {question}: {history[0]['said']}"}

    @spanmill.observe
    def stream(question: str) -> Iterator[str]:
        yield question

    answer(text, history=[{"said": f"line\n{text}"}])
    list(stream(text))


def exceptions(text: str) -> None:
    """Messages and stack traces, those of causes too, and the status."""

    def fail() -> None:
        raise ValueError(f"cannot use {text}") from KeyError(text)

    with contextlib.suppress(ValueError), spanmill.span("exceptions", kind="tool"):
        fail()


def statuses(text: str) -> None:
    """Descriptions of statuses."""
    with trace.get_tracer("app").start_as_current_span("statuses") as span:
        span.set_status(Status(StatusCode.ERROR, f"refused: {text}"))


def sessions(text: str) -> None:
    """Session, user, tags and metadata."""
    with spanmill.session(text, user_id=text, tags=["beta", text], metadata={"note": text}), spanmill.span("sessions"):
        pass


def carried(text: str) -> None:
    """Baggage, as a service gets it that is called."""
    token = context.attach(baggage.set_baggage("user.id", text))
    with spanmill.span("carried"):
        pass
    context.detach(token)


def scores(text: str) -> None:
    """Names, labels and reasons of scores, of the current span and of others."""
    with spanmill.span("scores"):
        spanmill.score("grounded", 0.5, reason=f"It says {text}", label=text)
        trace_id = spanmill.current_trace_id()
    spanmill.score(f"of {text}", 1, reason=text, trace_id=trace_id)


def feedback(text: str) -> None:
    """Comments and corrections of people."""
    spanmill.feedback(thumbs_up=False, comment=f"Why {text}?", correction=text, session_id=f"s {text}")


def nested(text: str) -> None:
    """JSON in JSON in JSON."""
    with spanmill.span("nested", input={"request": json.dumps({"body": json.dumps({"said": f"ü\n{text}"})})}) as step:
        step.set_output(json.dumps(json.dumps({"said": [text]})))


def models(text: str) -> None:
    """Calls of models by two real instrumentations: what is asked, what is answered, and what fails."""
    for instrumentor in (GenAI(), OpenInference()):
        instrumentor.instrument(skip_dep_check=True)
        with openai.OpenAI(base_url=sys.argv[2], api_key="x", max_retries=0) as client:
            for question in (f"Echo {text}", f"Fail {text}"):
                with contextlib.suppress(openai.APIStatusError):
                    client.chat.completions.create(
                        model="m",
                        messages=[
                            {"role": "system", "content": f"Keep {text} to yourself."},
                            {"role": "user", "content": question},
                        ],
                    )
        instrumentor.uninstrument()


def opaque(text: str) -> None:
    """What nothing but its key gives away."""
    headers = {"http.request.header.authorization": [text], "http.request.header.cookie": text}
    with spanmill.span("opaque", attributes={"db.password": text, "client.secret": {"value": text}}):
        span: Any = trace.get_current_span()
        span.set_attributes({**headers, "nested": {"apiKey": text, "list": [{"access_token": text}]}})
        span.add_event("called", {"rpc.grpc.request.metadata.x-api-key": text})

        @spanmill.observe
        def log_in(password: str) -> dict[str, dict[str, str]]:
            return {"headers": {"Set-Cookie": password}}

        log_in(text)


ROUTES: Final[dict[str, Callable[[str], None]]] = {
    route.__name__: route
    for route in (
        *(
            attributes,
            keys,
            names,
            events,
            states,
            arguments,
            exceptions,
            statuses,
            sessions,
            carried,
            scores,
            feedback,
        ),
        *(nested, models, opaque),
    )
}
RESOURCE: Final = "resource"
"""One more route: what is said of the process."""


def main() -> None:
    """Let everything slip."""
    texts: dict[str, list[str]] = json.loads(Path(sys.argv[1]).read_text())
    said = {f"argument.{number}": text for number, text in enumerate(texts.pop(RESOURCE))}
    provider, own = TracerProvider(resource=Resource({"service.name": "leaky", **said})), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(own))
    trace.set_tracer_provider(provider)
    spanmill.init()
    for route, given in texts.items():
        for text in given:
            ROUTES[route](text)
    spans = own.get_finished_spans()
    Path(sys.argv[3]).write_bytes(encode_spans(spans).SerializeToString())
    records = 2 * len(texts["feedback"]) + len(texts["scores"])
    spanmill.flush(30)
    sys.stdout.write(json.dumps([len(spans), records]))


if __name__ == "__main__":
    main()
