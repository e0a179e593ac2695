"""Spans of a test's own, and what a masker makes of them."""

from collections.abc import Callable
from typing import Any

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Span

from spanmill._guard import Guard
from spanmill.masking.capture import Capture
from spanmill.masking.mask import Mask
from spanmill.masking.masker import Masker, build


def recorded(
    make: Callable[[Span], object] = lambda _: None,
    *,
    scope: str = "app",
    name: str = "work",
    resource: dict[str, Any] | None = None,
    **chosen: Any,
) -> ReadableSpan:
    """A span that has ended, after *make* had it."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource(resource or {"service.name": "shop"}))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    span = provider.get_tracer(scope).start_span(name, **chosen)
    make(span)
    span.end()
    [ended] = exporter.get_finished_spans()
    return ended


class Told:
    """Keeps what a guard is told."""

    def __init__(self) -> None:
        self.failures: list[tuple[str, str]] = []

    def __call__(self, action: str, error: Exception) -> None:
        """Keep it."""
        self.failures.append((action, str(error)))


def masker(
    mask: Mask | None = None,
    told: Told | None = None,
    capture: Capture | None = None,
) -> Masker:
    """A masker; failures fail the test unless they are *told*."""

    def loudly(action: str, error: Exception) -> None:
        raise AssertionError(action) from error

    return build(mask, capture or Capture(), {}, Guard(told or loudly))


def sent(span: ReadableSpan, mask: Mask | None = None, told: Told | None = None, **chosen: Any) -> ReadableSpan:
    """*span* as it leaves."""
    [one] = masker(mask, told, **chosen).spans([span])
    return one
