"""Spans in ``otel_traces``: the standard columns, and the canonical ones."""

import json
from datetime import UTC, datetime

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from spanmill_store.client import Store
from spanmill_store.otlp.ingest import SignalIngest
from support.spans import START_NS, Plain, new_token, request, segment, span, span_id, trace_id

from .conftest import Send

pytestmark = pytest.mark.clickhouse

STANDARD_COLUMNS = {
    "Timestamp": "DateTime64(9)",
    "TraceId": "String",
    "SpanId": "String",
    "ParentSpanId": "String",
    "TraceState": "String",
    "SpanName": "LowCardinality(String)",
    "SpanKind": "LowCardinality(String)",
    "ServiceName": "LowCardinality(String)",
    "ResourceAttributes": "Map(LowCardinality(String), String)",
    "ScopeName": "String",
    "ScopeVersion": "String",
    "SpanAttributes": "Map(LowCardinality(String), String)",
    "Duration": "UInt64",
    "StatusCode": "LowCardinality(String)",
    "StatusMessage": "String",
    "Events.Timestamp": "Array(DateTime64(9))",
    "Events.Name": "Array(LowCardinality(String))",
    "Events.Attributes": "Array(Map(LowCardinality(String), String))",
    "Links.TraceId": "Array(String)",
    "Links.SpanId": "Array(String)",
    "Links.TraceState": "Array(String)",
    "Links.Attributes": "Array(Map(LowCardinality(String), String))",
}

USER = json.dumps(
    [
        {"role": "system", "parts": [{"type": "text", "content": "Be brief."}]},
        {"role": "user", "parts": [{"type": "text", "content": "Where is it?"}]},
    ]
)
ANSWER = json.dumps([{"role": "assistant", "parts": [{"type": "text", "content": "On its way."}]}])


def one(store: Store) -> dict[str, object]:
    """The only row of ``otel_traces``."""
    [row] = store.select("SELECT * FROM spans")
    return row


def test_the_first_columns_are_those_of_the_standard_exporter(store: Store) -> None:
    """Names, types and order are those that dashboards made for the OpenTelemetry Collector rely on."""
    rows = store.select(
        "SELECT name, type FROM system.columns "
        "WHERE database = currentDatabase() AND table = 'otel_traces' ORDER BY position"
    )
    found = {row["name"]: row["type"] for row in rows}
    assert list(found.items())[: len(STANDARD_COLUMNS)] == list(STANDARD_COLUMNS.items())


def test_a_span_arrives_as_it_was_sent(send: Send, store: Store) -> None:
    """Ids are lower-case hex, kinds and states are words, the duration is in nanoseconds."""
    sent = span("chat", trace=0xAB, number=0xCD, parent=0xEF, duration_ms=5, is_error=True)
    sent.kind = Span.SPAN_KIND_CLIENT
    sent.trace_state = "k=v"
    sent.status.message = "broken"
    send([sent], resource={"service.name": "shop"})
    row = one(store)
    assert row["TraceId"] == trace_id(0xAB)
    assert (row["SpanId"], row["ParentSpanId"]) == (span_id(0xCD), span_id(0xEF))
    assert (row["SpanName"], row["SpanKind"], row["ServiceName"]) == ("chat", "Client", "shop")
    assert (row["StatusCode"], row["StatusMessage"], row["TraceState"]) == ("Error", "broken", "k=v")
    assert (row["Duration"], row["ScopeName"], row["Project"]) == (5_000_000, "tests", "default")
    assert row["Timestamp"] == datetime.fromtimestamp(START_NS // 10**9, UTC).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("kind", "word"), [(0, "Unspecified"), (1, "Internal"), (2, "Server"), (5, "Consumer"), (99, "Unspecified")]
)
def test_unknown_kinds_are_unspecified(kind: int, word: str, send: Send, store: Store) -> None:
    """A kind that OTLP does not define is not an error."""
    sent = span()
    sent.MergeFromString(bytes([6 << 3, kind]))  # as bytes, for a newer client may send a number that the enum lacks
    send([sent])
    assert one(store)["SpanKind"] == word


def test_the_collectors_own_fields_are_columns(ingest: SignalIngest, store: Store) -> None:
    """Project, time and key, appended to the request's bytes, arrive; the checksum behind them is ignored."""
    own = b"\xc2\x3e\x04acme" + b"\xda\x3e\x02k1" + b"\xc9\x3e" + (5).to_bytes(8, "little")
    own += b"\xd5\x3e" + b"\x01\x02\x03\x04"
    body = request([span("work " * 40)]).SerializeToString() + own
    assert 128 <= len(body) < 2**14, "a length of two varint bytes"
    ingest.insert([bytes([len(body) & 127 | 128, len(body) >> 7]), body], new_token())
    [row] = store.select("SELECT Project, KeyId, toUnixTimestamp64Nano(IngestTime) AS received FROM otel_traces")
    assert row == {"Project": "acme", "KeyId": "k1", "received": 5}


def test_spans_of_any_day_fit_in_one_segment(ingest: SignalIngest, store: Store) -> None:
    """More days than ClickHouse takes by default in one insert, from 1970 to 2100, are no reason to refuse a batch."""
    days = [span(number=day + 1) for day in range(150)]
    for day, sent in enumerate(days):
        sent.start_time_unix_nano = day * 86_400_000_000_000 * 300
        sent.end_time_unix_nano = 0
    ingest.insert([segment(request(days))], new_token())
    [row] = store.select("SELECT count() AS spans, max(Duration) AS longest FROM otel_traces")
    assert row == {"spans": 150, "longest": 0}


def test_a_call_of_a_model_fills_the_canonical_columns(send: Send, store: Store) -> None:
    """The current OpenTelemetry GenAI names are understood."""
    attributes: dict[str, Plain] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "m",
        "gen_ai.response.model": "m-2026",
        "gen_ai.usage.input_tokens": 12,
        "gen_ai.usage.output_tokens": 0,
        "gen_ai.usage.cache_read.input_tokens": 4,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.input.messages": USER,
        "gen_ai.output.messages": ANSWER,
        "gen_ai.conversation.id": "c1",
        "user.id": "ana",
    }
    send([span(attributes=attributes)], resource={"service.version": "1.2", "deployment.environment.name": "staging"})
    row = one(store)
    expected: dict[str, object] = {
        "SpanType": "llm",
        "Provider": "openai",
        "RequestModel": "m",
        "ResponseModel": "m-2026",
        "InputTokens": 12,
        "OutputTokens": 0,
        "CachedTokens": 4,
        "ReasoningTokens": None,
        "CostUsd": None,
        "CostSource": "",
        "FinishReason": "stop",
        "Input": USER,
        "Output": ANSWER,
        "InputText": "Where is it?",
        "OutputText": "On its way.",
        "SystemPrompt": "Be brief.",
        "SessionId": "c1",
        "UserId": "ana",
        "Release": "1.2",
        "Environment": "staging",
        "Source": "production",
        "Tags": [],
    }
    assert {name: row[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ({"gen_ai.operation.name": "execute_tool"}, "tool"),
        ({"gen_ai.operation.name": "retrieval"}, "retriever"),
        ({"gen_ai.operation.name": "embeddings"}, "embedding"),
        ({"gen_ai.operation.name": "invoke_agent"}, "agent"),
        ({"gen_ai.tool.name": "search"}, "tool"),
        ({"gen_ai.request.model": "m", "gen_ai.usage.prompt_tokens": 1}, "llm"),
        ({"gen_ai.request.model": "m"}, "other"),
        ({"gen_ai.request.model": "m", "gen_ai.prompt.3.content": "hi"}, "llm"),
        ({"gen_ai.request.model": "m", "gen_ai.input.messages": "[]"}, "llm"),
        ({"gen_ai.request.model": "m", "gen_ai.prompt.name": "greeting"}, "other"),
        ({"http.route": "/"}, "other"),
    ],
)
def test_the_kind_of_work_follows_from_the_attributes(
    attributes: dict[str, Plain], kind: str, send: Send, store: Store
) -> None:
    """The operation decides; without one, a tool's name or a model with usage does."""
    send([span(attributes=attributes)])
    assert one(store)["SpanType"] == kind


def test_tools_and_retrievers_have_input_and_output(send: Send, store: Store) -> None:
    """A tool's arguments and result, a retriever's query and documents are its input and output."""
    tool: dict[str, Plain] = {
        "gen_ai.tool.name": "t",
        "gen_ai.tool.call.arguments": "{}",
        "gen_ai.tool.call.result": "3",
    }
    retriever: dict[str, Plain] = {
        "gen_ai.operation.name": "retrieval",
        "gen_ai.retrieval.query.text": "q",
        "gen_ai.retrieval.documents": "[]",
    }
    send([span(number=1, attributes=tool), span(number=2, attributes=retriever)])
    rows = store.select("SELECT Input, Output FROM otel_traces ORDER BY SpanId")
    assert rows == [{"Input": "{}", "Output": "3"}, {"Input": "q", "Output": "[]"}]


def test_a_managed_prompt_is_no_list_of_messages(send: Send, store: Store) -> None:
    """Its name begins as the attributes of such a list do, but what went in is what the span was given."""
    prompt: dict[str, Plain] = {"gen_ai.prompt.name": "greeting", "gen_ai.prompt.version": 3}
    send([span(number=1, attributes=prompt), span(number=2, attributes={**prompt, "input.value": "hi"})])
    rows = store.select("SELECT Input, InputKey, PromptName, PromptVersion FROM otel_traces ORDER BY SpanId")
    known = {"PromptName": "greeting", "PromptVersion": "3"}
    assert rows == [{"Input": "", "InputKey": "", **known}, {"Input": "hi", "InputKey": "input.value", **known}]


def test_other_writers_get_the_canonical_columns_too(store: Store) -> None:
    """A row inserted with the standard columns alone, as the OpenTelemetry Collector does it, is mapped as well."""
    attributes = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": "7"}
    store.insert(
        "otel_traces", ("Timestamp", "TraceId", "SpanId", "SpanAttributes"), [(datetime.now(UTC), "t", "s", attributes)]
    )
    row = one(store)
    assert (row["SpanType"], row["RequestModel"], row["InputTokens"], row["Project"]) == ("llm", "m", 7, "default")
    [trace] = store.select("SELECT InputTokens FROM traces")
    assert trace["InputTokens"] == 7
