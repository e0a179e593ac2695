"""Content that instrumentations put into log records: joined to its span, and to its trace."""

import json
from typing import Any

import pytest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from spanmill_store.client import Store
from support.spans import log_record, span, span_id

from .conftest import Send, SendLogs

pytestmark = pytest.mark.clickhouse

SPAN = (1, 2)
CALL = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": '{"n":1}'}}
TURN = [
    span("invoke_agent", number=1, attributes={"gen_ai.operation.name": "invoke_agent"}),
    span("chat", number=2, parent=1, attributes={"gen_ai.operation.name": "chat"}),
]


def message(role: str, text: str) -> dict[str, Any]:
    """One message of today's form."""
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def event(name: str, body: dict[str, Any], offset_ms: int = 0) -> LogRecord:
    """A record of the span whose body is a map, which the collector writes as text."""
    return log_record(json.dumps(body), event=name, of=SPAN, offset_ms=offset_ms)


def of_span(store: Store) -> dict[str, Any]:
    """What is said of the second span."""
    [row] = store.select(
        "SELECT Input, InputText, Output, OutputText, SystemPrompt FROM spans WHERE SpanId = {id:String}",
        {"id": span_id(2)},
    )
    return row


def of_trace(store: Store) -> tuple[str, str]:
    """What went into the trace, and what came out."""
    [row] = store.select("SELECT Input, Output FROM traces")
    return row["Input"], row["Output"]


def test_one_record_with_everything(send: Send, send_logs: SendLogs, store: Store) -> None:
    """The event of today's conventions: lists of messages in attributes of the record."""
    send(TURN)
    attributes = {
        "gen_ai.input.messages": json.dumps([message("user", "hi")]),
        "gen_ai.output.messages": json.dumps([message("assistant", "hello")]),
        "gen_ai.system_instructions": json.dumps([{"type": "text", "content": "be kind"}]),
    }
    name = "gen_ai.client.inference.operation.details"
    send_logs([log_record(None, event=name, attributes=attributes, of=SPAN)])
    row = of_span(store)
    assert (row["InputText"], row["OutputText"]) == ("hi", "hello")
    assert json.loads(row["Input"]) == [message("user", "hi")]
    assert "be kind" in row["SystemPrompt"]
    assert of_trace(store) == ("hi", "hello")


def test_one_record_a_message(send: Send, send_logs: SendLogs, store: Store) -> None:
    """The deprecated events, which several instrumentations still send: whole again, and in order."""
    records = [
        event("gen_ai.system.message", {"content": "be kind"}, 1),
        event("gen_ai.user.message", {"content": "where is it?"}, 2),
        event("gen_ai.assistant.message", {"tool_calls": [CALL]}, 3),
        event("gen_ai.tool.message", {"id": "c1", "content": "at home"}, 4),
        event("gen_ai.choice", {"index": 0, "finish_reason": "stop", "message": {"content": "At home."}}, 5),
    ]
    send_logs(records[3:])
    send_logs(records[:3])
    send(TURN)
    row = of_span(store)
    assert json.loads(row["Input"]) == [
        message("system", "be kind"),
        message("user", "where is it?"),
        {
            "role": "assistant",
            "parts": [{"type": "tool_call", "id": "c1", "name": "find", "arguments": '{"n":1}'}],
        },
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "at home"}]},
    ]
    assert json.loads(row["Output"]) == [{**message("assistant", "At home."), "finish_reason": "stop"}]
    assert (row["InputText"], row["OutputText"]) == ("where is it?", "At home.")
    assert of_trace(store) == ("where is it?", "At home.")


def test_a_record_that_is_sent_twice_counts_once(send: Send, send_logs: SendLogs, store: Store) -> None:
    """The same message at the same moment is the same message."""
    send(TURN)
    record = event("gen_ai.user.message", {"content": "hi"})
    send_logs([record])
    send_logs([record])
    assert json.loads(of_span(store)["Input"]) == [message("user", "hi")]


def test_the_spans_own_content_comes_first(send: Send, send_logs: SendLogs, store: Store) -> None:
    """Logs fill what a span lacks, and change nothing of what it has."""
    own = json.dumps([message("user", "own")])
    send([span("chat", number=2, attributes={"gen_ai.operation.name": "chat", "gen_ai.input.messages": own})])
    attributes = {
        "gen_ai.input.messages": json.dumps([message("user", "other")]),
        "gen_ai.output.messages": json.dumps([message("assistant", "hello")]),
    }
    send_logs([log_record(None, event="e", attributes=attributes, of=SPAN)])
    assert (of_span(store)["InputText"], of_span(store)["OutputText"]) == ("own", "hello")


def test_logs_of_another_project_say_nothing(send: Send, store: Store) -> None:
    """Whoever guesses ids must not be able to put words into other people's spans."""
    send(TURN)
    store.insert(
        "otel_logs",
        ("Timestamp", "TraceId", "SpanId", "EventName", "LogAttributes", "Project"),
        [[0, f"{1:032x}", span_id(2), "e", {"gen_ai.input.messages": "[]x"}, "other"]],
    )
    assert of_span(store)["Input"] == ""
