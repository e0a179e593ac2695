"""
The bot's own spans, by the vendor-neutral OpenTelemetry API and its names for generative AI.

Calls of the model need nothing here: the instrumentation of the `openai` package records them. Without a tracer
provider, which `spanmill run` brings, all of this does nothing.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from customers import Conversation
from knowledge import Hit

AGENT: Final = "support-bot"

_tracer: Final = trace.get_tracer("support_bot")


@contextmanager
def turn(conversation: Conversation, question: str) -> Iterator[Span]:
    """Span of one turn, the root of its trace: what the customer asked and, by `answered`, what the bot said."""
    attributes = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": AGENT,
        "gen_ai.conversation.id": conversation.id,
        "session.id": conversation.id,
        "user.id": conversation.customer.user_id,
        "gen_ai.input.messages": _messages("user", question),
    }
    with _tracer.start_as_current_span(f"invoke_agent {AGENT}", kind=SpanKind.INTERNAL, attributes=attributes) as span:
        yield span


def answered(span: Span, answer: str) -> None:
    """Record the *answer* that ends a turn."""
    span.set_attribute("gen_ai.output.messages", _messages("assistant", answer, finish_reason="stop"))


@contextmanager
def retrieval(query: str) -> Iterator[Span]:
    """Span of a search in the policies."""
    attributes = {"gen_ai.operation.name": "retrieval", "gen_ai.retrieval.query.text": query}
    with _tracer.start_as_current_span("retrieve", attributes=attributes) as span:
        yield span


def retrieved(span: Span, hits: Sequence[Hit]) -> None:
    """Record the documents that a search found, with their text."""
    documents = [{"id": hit.document.id, "score": hit.score, "content": hit.document.text} for hit in hits]
    span.set_attribute("gen_ai.retrieval.documents", json.dumps(documents, ensure_ascii=False))


@contextmanager
def tool(name: str, call_id: str, arguments: str) -> Iterator[Span]:
    """Span of a tool's execution; an error that leaves the block is recorded and passed on."""
    attributes = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": name,
        "gen_ai.tool.type": "function",
        "gen_ai.tool.call.id": call_id,
        "gen_ai.tool.call.arguments": arguments,
    }
    with _tracer.start_as_current_span(
        f"execute_tool {name}", attributes=attributes, set_status_on_exception=False
    ) as span:
        try:
            yield span
        except Exception as error:
            span.set_attribute("error.type", type(error).__qualname__)
            span.set_status(Status(StatusCode.ERROR, str(error)))
            raise


def tool_returned(span: Span, result: str) -> None:
    """Record a tool's *result*."""
    span.set_attribute("gen_ai.tool.call.result", result)


def _messages(role: str, text: str, **more: str) -> str:
    message = {"role": role, "parts": [{"type": "text", "content": text}]} | more
    return json.dumps([message], ensure_ascii=False)
