"""The ``traces`` view: one row per trace, whatever happens on the way."""

import json
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spanmill_store.client import Store
from spanmill_store.otlp.ingest import SignalIngest
from support.otlp import framed
from support.spans import new_token, request, segment, span, span_id, trace_id

from .conftest import Send

pytestmark = pytest.mark.clickhouse


def messages(role: str, text: str) -> str:
    """A JSON list with one message."""
    return json.dumps([{"role": role, "parts": [{"type": "text", "content": text}]}])


TURN = [
    span("invoke_agent bot", number=1, duration_ms=100, attributes={
        "gen_ai.operation.name": "invoke_agent", "session.id": "s1", "user.id": "u1",
        "gen_ai.input.messages": messages("user", "hi"), "gen_ai.output.messages": messages("assistant", "hello"),
        "gen_ai.usage.input_tokens": 30, "gen_ai.usage.output_tokens": 5,
    }),
    span("chat m", number=2, parent=1, offset_ms=10, duration_ms=20, attributes={
        "gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.response.model": "m-1",
        "gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 2, "gen_ai.usage.cost": 0.5,
        "gen_ai.input.messages": messages("user", "inner"),
    }),
    span("execute_tool t", number=3, parent=1, offset_ms=40, attributes={"gen_ai.tool.name": "t"}, is_error=True),
    span("chat m", number=4, parent=1, offset_ms=60, duration_ms=30, attributes={
        "gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.response.model": "m-1",
        "gen_ai.usage.input_tokens": 20, "gen_ai.usage.output_tokens": 3,
        "gen_ai.output.messages": messages("assistant", "inner answer"),
    }),
]  # fmt: skip

INNER = {
    "gen_ai.operation.name": "chat",
    "gen_ai.input.messages": messages("user", "inner"),
    "gen_ai.output.messages": messages("assistant", "inner answer"),
}

EXPECTED = {
    "TraceId": trace_id(1), "RootSpanId": span_id(1), "RootName": "invoke_agent bot", "ServiceName": "tests",
    "HasRoot": True, "DurationNs": 100_000_000, "SpanCount": 4, "LlmCount": 2, "ToolCount": 1, "ErrorCount": 1,
    "InputTokens": 30, "OutputTokens": 5, "CostUsd": 0.5, "SessionId": "s1", "UserId": "u1", "Source": "production",
    "Models": ["m-1"], "ToolNames": ["t"], "Input": "hi", "Output": "hello",
}  # fmt: skip


def trace(store: Store) -> dict[str, Any]:
    """The only row of ``traces``."""
    [row] = store.select("SELECT * FROM traces")
    return row


def test_a_trace_sums_up_its_spans(send: Send, store: Store) -> None:
    """Counts, tokens and cost are those of the model calls; an agent that repeats them adds nothing."""
    send(TURN)
    row = trace(store)
    assert {name: row[name] for name in EXPECTED} == EXPECTED


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.lists(st.sampled_from(range(len(TURN))), max_size=8), seed=st.integers(0, 99))
def test_order_splits_and_repeats_change_nothing(
    order: list[int], seed: int, ingest: SignalIngest, store: Store
) -> None:
    """Spans may come in any order, in many segments and twice: the trace is the same."""
    for table in ("otel_traces", "trace_parts"):
        store.execute(f"TRUNCATE TABLE {table}")
    sent = order + random.Random(seed).sample(range(len(TURN)), len(TURN))
    for number in sent:
        ingest.insert([segment(request([TURN[number]]))], new_token())
    row = trace(store)
    assert {name: row[name] for name in EXPECTED} == EXPECTED


def test_a_trace_whose_root_is_missing_shows_what_is_known(send: Send, store: Store) -> None:
    """Without its root a trace has no root name, but its input and output are those of the first and last call."""
    send(TURN[1:])
    row = trace(store)
    assert (row["HasRoot"], row["RootName"], row["ServiceName"]) == (False, "", "tests")
    assert (row["Input"], row["Output"], row["SpanCount"]) == ("inner", "inner answer", 3)


def test_an_empty_answer_is_an_empty_output(send: Send, store: Store) -> None:
    """What the root said is the trace's output even where it said nothing."""
    empty = messages("assistant", "")
    root = span("agent", number=1, attributes={"gen_ai.output.messages": empty})
    call = span("chat", number=2, parent=1, attributes={"gen_ai.output.messages": messages("assistant", "inner")})
    send([root, call])
    assert trace(store)["Output"] == ""


def test_content_that_is_no_list_of_messages_is_shown_as_it_is(send: Send, store: Store) -> None:
    """A tool's arguments or a list of plain values are their own text."""
    send([span(attributes={"gen_ai.tool.call.arguments": '["a"]', "gen_ai.tool.call.result": '{"b": 1}'})])
    row = trace(store)
    assert (row["Input"], row["Output"]) == ('["a"]', '{"b": 1}')


def test_unknown_numbers_are_null(send: Send, store: Store) -> None:
    """A trace without usage has NULL tokens and cost, not zero."""
    send([span()])
    row = trace(store)
    assert (row["InputTokens"], row["OutputTokens"], row["CostUsd"]) == (None, None, None)


def test_a_segment_that_is_sent_again_changes_no_table(ingest: SignalIngest, store: Store) -> None:
    """The second copy under the same token is dropped everywhere, merged states included."""
    body = segment(request(TURN))
    tables = ("otel_traces", "trace_parts")
    ingest.insert([body], "the-same")
    before = [store.select(f"SELECT count() AS n FROM {table}") for table in tables]
    ingest.insert([body], "the-same")
    assert [store.select(f"SELECT count() AS n FROM {table}") for table in tables] == before
    assert before[0] == [{"n": len(TURN)}]


def stored_texts(store: Store) -> list[tuple[str, str]]:
    """What is kept of each part, in any order."""
    rows = store.select("SELECT Input.Text AS asked, Output.Text AS answered FROM trace_parts")
    return sorted((row["asked"], row["answered"]) for row in rows)


def test_beside_the_text_of_a_root_no_other_is_stored(send: Send, store: Store) -> None:
    """What came in the same request below a root that has text could never be shown; of other traces it is kept."""
    send([*TURN, span(trace=2, number=9, parent=1, attributes=dict(INNER))])
    assert stored_texts(store) == [("hi", "hello"), ("inner", "inner answer")]


def test_a_root_with_half_a_text_leaves_the_other_half_to_others(send: Send, store: Store) -> None:
    """Question and answer are told apart: each is the root's, or else of a span below it."""
    root = span("invoke_agent bot", attributes={"gen_ai.operation.name": "invoke_agent", "gen_ai.input.messages": "hi"})
    send([root, span(number=2, parent=1, attributes=dict(INNER))])
    assert (trace(store)["Input"], trace(store)["Output"]) == ("hi", "inner answer")


def test_a_root_of_another_project_says_nothing(ingest: SignalIngest, store: Store) -> None:
    """Ids of traces are anybody's choice: two projects may have the same, and come in one segment."""
    ours, theirs = request([span(number=2, parent=1, attributes=dict(INNER))]), request(TURN[:1])
    record = framed(theirs.SerializeToString(), 1, project="other")
    ingest.insert([segment(ours) + b"".join(record.parts)], new_token())
    rows = store.select("SELECT Project, Input FROM traces ORDER BY Project")
    assert [(row["Project"], row["Input"]) for row in rows] == [("default", "inner"), ("other", "hi")]


def test_a_segment_of_more_spans_than_a_block_is_stored_once(ingest: SignalIngest, store: Store) -> None:
    """Sent again after a crash, it leaves the traces as they are, although the view on them joins."""
    spans = [span(trace=number // 4 + 1, number=number + 1, parent=number % 4) for number in range(68_000)]
    body, token = segment(*(request(spans[begin : begin + 1000]) for begin in range(0, len(spans), 1000))), new_token()
    for _ in range(2):
        ingest.insert([body], token)
    [counted] = store.select("SELECT sum(length(Spans.SpanId)) AS spans, uniqExact(TraceId) AS traces FROM trace_parts")
    assert counted == {"spans": 68_000, "traces": 17_000}


def test_whoever_inserts_with_nulls_in_joins_loses_no_text(send: Send, store: Store) -> None:
    """A server's profile may set so; a span without a root beside it keeps what it says."""
    send([span(number=2, parent=1, attributes=dict(INNER))])
    store.execute("CREATE TABLE again AS otel_traces ENGINE = Memory")
    store.execute("INSERT INTO again SELECT * FROM otel_traces")
    for table in ("otel_traces", "trace_parts"):
        store.execute(f"TRUNCATE TABLE {table}")
    store.execute("INSERT INTO otel_traces SELECT * FROM again", settings={"join_use_nulls": 1})
    assert stored_texts(store) == [("inner", "inner answer")]
