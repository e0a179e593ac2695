"""Traces for tests, written straight into ``otel_traces``."""

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from spanmill_store.client import Store
from spanmill_store.targets import TargetId

LONG_AGO = timedelta(seconds=100)
"""Traces of tests were received so long ago, so they are complete unless a test says otherwise."""

_COLUMNS = (
    "Timestamp",
    "TraceId",
    "SpanId",
    "ParentSpanId",
    "SpanName",
    "ServiceName",
    "SpanAttributes",
    "Duration",
    "StatusCode",
    "StatusMessage",
    "IngestTime",
    "TraceState",
)


class TraceWriter:
    """Writes spans of agents, tools and retrievers as an instrumented application would have sent them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def turn(
        self,
        question: str = "How long?",
        answer: str = "Five days.",
        *,
        trace_id: str | None = None,
        duration_s: float = 0.1,
        tool_error: bool = False,
        documents: tuple[str, ...] = (),
        has_root: bool = True,
        is_failed: bool = False,
        session: str = "conversation-1",
        age: timedelta = LONG_AGO,
        trace_state: str = "",
    ) -> TargetId:
        """Write one turn of a conversation: a root span and what happened below it. Return the trace's id."""
        trace = trace_id or uuid.uuid4().hex
        root = {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.input.messages": _messages("user", question),
            "gen_ai.output.messages": _messages("assistant", answer),
            "session.id": session,
        }
        spans = [("invoke_agent", "", root, "Error" if is_failed else "Unset")] if has_root else []
        spans += [("retrieve", "root", _retrieval(question, text), "Unset") for text in documents]
        if tool_error:
            tool = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "order_lookup"}
            spans.append(("execute_tool order_lookup", "root", tool, "Error"))
        if not has_root:
            spans.append(("chat", "root", {"gen_ai.operation.name": "chat"}, "Unset"))
        self.spans(trace, spans, duration_s=duration_s, age=age, trace_state=trace_state)
        return TargetId("default", trace)

    def turns(self, count: int, *, age: timedelta = LONG_AGO) -> list[TargetId]:
        """Write *count* small traces in one insert."""
        return self.answers(["Yes."] * count, age=age)

    def answers(self, texts: Sequence[str], model: str = "", *, age: timedelta = LONG_AGO) -> list[TargetId]:
        """Write a trace for each answer, in one insert: a root, and a call of the *model* that gave it, if any."""
        received = datetime.now(UTC) - age
        ids = [uuid.uuid4().hex for _ in texts]
        rows = []
        for trace, text in zip(ids, texts, strict=True):
            spans = [("root" + trace[:12], "", "invoke_agent", "bot", _answered(text))]
            if model:
                call = {"gen_ai.operation.name": "chat", "gen_ai.response.model": model}
                spans.append(("chat" + trace[:12], "root" + trace[:12], "chat", "bot", call))
            rows += [(received, trace, *span, 10**8, "Unset", "", received, "") for span in spans]
        self._store.insert("otel_traces", _COLUMNS, rows)
        return [TargetId("default", trace) for trace in ids]

    def spans(
        self,
        trace: str,
        spans: Sequence[tuple[str, str, Mapping[str, str], str]],
        *,
        duration_s: float = 0.1,
        age: timedelta = LONG_AGO,
        trace_state: str = "",
    ) -> None:
        """Write *spans*, each a name, a parent, attributes and a status. The first without a parent is the root."""
        received = datetime.now(UTC) - age
        rows = []
        for number, (name, parent, attributes, status) in enumerate(spans):
            started = received - timedelta(seconds=duration_s) + timedelta(microseconds=number)
            span_id = ("root" if not parent else f"span{number}") + trace[:12]
            parent_id = parent + trace[:12] if parent else ""
            duration_ns = int(duration_s * 10**9) if not parent else 10**6
            row = (started, trace, span_id, parent_id, name, "bot", dict(attributes), duration_ns, status, "", received)
            rows.append((*row, trace_state))
        self._store.insert("otel_traces", _COLUMNS, rows)


def _answered(text: str) -> dict[str, str]:
    return {"gen_ai.operation.name": "invoke_agent", "gen_ai.output.messages": _messages("assistant", text)}


def _messages(role: str, text: str) -> str:
    return json.dumps([{"role": role, "parts": [{"type": "text", "content": text}]}])


def _retrieval(query: str, document: str) -> dict[str, str]:
    return {
        "gen_ai.operation.name": "retrieval",
        "gen_ai.retrieval.query.text": query,
        "gen_ai.retrieval.documents": json.dumps([{"id": "1", "content": document}]),
    }
