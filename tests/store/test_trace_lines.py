"""Lines of lists say what the view `traces` says, whether ClickHouse counted or we did."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from spanmill_store import trace_lines
from spanmill_store.client import Store
from spanmill_store.otlp.ingest import SignalIngest
from spanmill_store.trace_lines import EXCERPT_CHARS, Lines
from support.spans import Plain, new_token, request, segment, span

pytestmark = pytest.mark.clickhouse

OPERATIONS = ("chat", "chat", "invoke_agent", "execute_tool", "embeddings", "")


@st.composite
def span_of_a_trace(draw: st.DrawFn) -> Span:
    """One whose parent may be missing, below it or itself, that tells of usage and of its answer where it likes."""
    attributes: dict[str, Plain] = {"gen_ai.operation.name": draw(st.sampled_from(OPERATIONS))}
    named = {"gen_ai.response.id": ("a", "a", "b"), "gen_ai.request.model": ("large", "small")}
    named |= {"gen_ai.tool.name": ("find",), "gen_ai.agent.name": ("support", "é\U0001f600")}
    named |= {"gen_ai.input.messages": ('[{"role": "user", "content": "where?"}]',)}
    for key, values in named.items():
        if value := draw(st.sampled_from(["", *values])):
            attributes[key] = value
    for key in ("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "gen_ai.usage.cost"):
        if draw(st.booleans()):
            attributes[key] = draw(st.integers(0, 2**53))
    return span(
        draw(st.sampled_from(["work", "GET /"])),
        number=draw(st.integers(1, 4)),
        parent=draw(st.integers(0, 5)),
        offset_ms=draw(st.sampled_from([0, 10, 20])),
        duration_ms=draw(st.sampled_from([0, 10, 20])),
        attributes=attributes,
        is_error=draw(st.booleans()),
    )


TRACES = st.lists(st.lists(span_of_a_trace(), min_size=1, max_size=6), min_size=1, max_size=20)


def lines(store: Store) -> list[dict[str, Any]]:
    """Of all traces."""
    ids = [row["TraceId"] for row in store.select("SELECT DISTINCT TraceId FROM trace_parts")]
    return sorted(Lines(store, "default", {}).of(ids), key=lambda row: row["TraceId"])


def rows(store: Store) -> list[dict[str, Any]]:
    """What the view says of all traces."""
    ids = [row["TraceId"] for row in store.select("SELECT DISTINCT TraceId FROM trace_parts")]
    asked = {"project": "default", "trace_ids": ids, "excerpt_chars": EXCERPT_CHARS, "text": "", "in_output": False}
    return sorted(store.rows("traces/rows", **asked), key=lambda row: row["TraceId"])


@given(traces=TRACES)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_counted_here_is_what_clickhouse_counts(
    store: Store, ingest: SignalIngest, traces: list[list[Span]]
) -> None:
    """Usage once, names, errors and services, however spans lie below each other and however often they came."""
    store.execute("TRUNCATE TABLE trace_parts")
    for number, spans in enumerate(traces, 1):
        for one in spans:
            one.trace_id = number.to_bytes(16, "big")
    ingest.insert([segment(request([one for spans in traces for one in spans]))], new_token())
    assert lines(store) == rows(store)
    assert len(lines(store)) == len(traces)


def test_large_traces_are_counted_by_clickhouse(
    store: Store, ingest: SignalIngest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trace whose spans do not all come along is a line like any other."""
    small, large = [span(trace=1)], [span(trace=2, number=number, is_error=True) for number in range(1, 8)]
    ingest.insert([segment(request(small + large))], new_token())
    monkeypatch.setattr(trace_lines, "MAX_SPANS", 5)
    assert [line["ErrorCount"] for line in lines(store)] == [0, 7]
    assert lines(store) == rows(store)
