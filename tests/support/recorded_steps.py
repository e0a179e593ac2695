"""The shim's steps on a tracer provider of a test's own."""

from typing import Any

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from spanmill._guard import Guard
from spanmill._recording import Recorder
from spanmill._session import SessionProcessor
from spanmill._steps import Steps


class Begun(SpanProcessor):
    """Names of the spans that were begun, ended or not."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:  # noqa: ARG002 - see SpanProcessor
        """Keep its name."""
        self.names.append(span.name)


class Recorded:
    """Steps on a tracer provider of the test's own; failures inside the shim fail the test."""

    def __init__(self) -> None:
        def loudly(action: str, error: Exception) -> None:
            raise AssertionError(action) from error

        self.exporter = InMemorySpanExporter()
        provider = TracerProvider()
        self.begun = Begun()
        provider.add_span_processor(self.begun)
        provider.add_span_processor(SessionProcessor(Guard(loudly)))
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))

        self.recorder = Recorder(Guard(loudly))
        self.recorder._tracer = provider.get_tracer("test")
        self.steps = Steps(self.recorder, Guard(loudly))

    @property
    def spans(self) -> dict[str, ReadableSpan]:
        """What has ended, by name."""
        return {span.name: span for span in self.exporter.get_finished_spans()}

    def observe(self, subject: Any, **chosen: Any) -> Any:
        """Observe with the defaults of the public function."""
        given = {"name": None, "kind": "chain", "has_input": True, "has_output": True, **chosen}
        return self.steps.observe(subject, **given)

    def said(self, name: str) -> tuple[object, object]:
        """Input and output of the span called *name*."""
        attributes = self.spans[name].attributes or {}
        texts = [attributes.get(f"{side}.value") for side in ("input", "output")]
        return texts[0], texts[1]

    def parent_of(self, name: str) -> str:
        """Name of the span above the one called *name*."""
        parent = self.spans[name].parent
        assert parent is not None
        return next(span.name for span in self.spans.values() if span.context.span_id == parent.span_id)
