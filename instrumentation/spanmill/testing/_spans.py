"""Captured spans as tests read them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan

Status = Literal["unset", "ok", "error"]

_STATUS: Final[dict[trace.StatusCode, Status]] = {
    trace.StatusCode.UNSET: "unset",
    trace.StatusCode.OK: "ok",
    trace.StatusCode.ERROR: "error",
}
_OPERATIONS: Final = {
    "chat": "llm",
    "text_completion": "llm",
    "generate_content": "llm",
    "embeddings": "embedding",
    "execute_tool": "tool",
    "retrieval": "retriever",
    "create_agent": "agent",
    "invoke_agent": "agent",
    "invoke_workflow": "chain",
}
_INPUT: Final = ("input.value", "gen_ai.input.messages", "gen_ai.tool.call.arguments", "traceloop.entity.input")
_OUTPUT: Final = ("output.value", "gen_ai.output.messages", "gen_ai.tool.call.result", "traceloop.entity.output")
_SESSION: Final = ("session.id", "gen_ai.conversation.id")


@dataclass(frozen=True)
class CapturedEvent:
    """Something that happened during a span."""

    name: str
    attributes: Mapping[str, Any]


@dataclass(frozen=True)
class CapturedSpan:
    """
    A span as it stands; attributes hold all that was said of it, the other fields what tests ask most.

    Attributes:
        name: As the code named it.
        kind: ``agent``, ``tool``, ``llm`` … as `spanmill.span` names it; ``span`` where nothing says it.
        parent: The captured span above it.
        attributes: As they were set.
        input: What went in, text or JSON, wherever the instrumentation puts it; None: nothing was recorded.
        output: What came out.
        status: ``unset`` is what OpenTelemetry calls a span that did not fail.
        error: What went wrong, such as ``KeyError: 'order'``.
        session_id: The conversation's.
        user_id: Whoever asked.
        duration_ns: In nanoseconds; None: it has not ended.
        events: In their order.
        trace_id: 32 hexadecimal digits.
        span_id: 16 hexadecimal digits.
    """

    name: str
    kind: str
    parent: "CapturedSpan | None" = field(repr=False)
    attributes: Mapping[str, Any]
    input: str | None
    output: str | None
    status: Status
    error: str | None
    session_id: str | None
    user_id: str | None
    duration_ns: int | None
    events: tuple[CapturedEvent, ...]
    trace_id: str
    span_id: str


def captured_span(span: ReadableSpan, parent: CapturedSpan | None, duration_ns: int | None) -> CapturedSpan:
    """Read *span*."""
    attributes = dict(span.attributes or {})
    context = span.get_span_context() or trace.INVALID_SPAN_CONTEXT
    status = _STATUS[span.status.status_code]
    return CapturedSpan(
        name=span.name,
        kind=_kind(attributes),
        parent=parent,
        attributes=attributes,
        input=_text(attributes, *_INPUT),
        output=_text(attributes, *_OUTPUT),
        status=status,
        error=(span.status.description or _text(attributes, "error.type")) if status == "error" else None,
        session_id=_text(attributes, *_SESSION),
        user_id=_text(attributes, "user.id"),
        duration_ns=duration_ns,
        events=tuple(CapturedEvent(event.name, dict(event.attributes or {})) for event in span.events),
        trace_id=trace.format_trace_id(context.trace_id),
        span_id=trace.format_span_id(context.span_id),
    )


def _kind(attributes: Mapping[str, Any]) -> str:
    said = _text(attributes, "openinference.span.kind", "traceloop.span.kind")
    return said.lower() if said else _OPERATIONS.get(str(attributes.get("gen_ai.operation.name")), "span")


def _text(attributes: Mapping[str, Any], *names: str) -> str | None:
    return next((str(attributes[name]) for name in names if name in attributes), None)
