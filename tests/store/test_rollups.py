"""Sessions, first-seen values and usage by the minute: right whatever comes twice, late or in another order."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from spanmill_store import usage
from spanmill_store.client import Store
from spanmill_store.otlp.ingest import SignalIngest
from support.spans import START_NS, Plain, new_token, request, segment, span, trace_id

from .conftest import Send

pytestmark = pytest.mark.clickhouse

MINUTE_MS = 60_000
START = datetime.utcfromtimestamp(START_NS // 10**9).replace(second=0)


def call(trace: int, number: int, parent: int = 0, offset_ms: int = 0, more: Mapping[str, Plain] | None = None) -> Span:
    """A model call with 10 tokens in and 2 out."""
    attributes: dict[str, Plain] = {
        "gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 10,
        "gen_ai.usage.output_tokens": 2, **(more or {}),
    }  # fmt: skip
    return span("chat m", trace=trace, number=number, parent=parent, offset_ms=offset_ms, attributes=attributes)


def agent(
    trace: int, number: int, parent: int = 0, offset_ms: int = 0, more: Mapping[str, Plain] | None = None
) -> Span:
    """An agent that reports 10 tokens in and 2 out, as if they were its own."""
    return call(trace, number, parent, offset_ms, {"gen_ai.operation.name": "invoke_agent", **(more or {})})


def by_minute(store: Store) -> list[dict[str, Any]]:
    """Usage of model calls and agents, minute by minute."""
    return store.select(
        "SELECT Minute, SpanType, sum(Count) AS n, sum(InputTokens) AS tokens FROM usage"
        " WHERE SpanType IN ('llm', 'agent') GROUP BY Minute, SpanType ORDER BY Minute, SpanType"
    )


class TestUsage:
    """Usage by the minute."""

    def test_calls_count_in_the_minute_in_which_they_begin(self, send: Send, store: Store) -> None:
        """Counts, errors, tokens, durations and the traces themselves."""
        send([call(1, 1), call(1, 2, parent=1, offset_ms=MINUTE_MS), span("execute_tool t", trace=2, is_error=True)])
        assert usage.fold(store) == 2
        rows = store.select("SELECT SpanType, sum(Count) AS n, sum(Errors) AS e FROM usage GROUP BY ALL ORDER BY ALL")
        assert [tuple(row.values()) for row in rows] == [("llm", 2, 0), ("other", 1, 1), ("trace", 2, 1)]
        [row] = store.select(
            "SELECT quantilesDDMerge(0.01, 0.5, 0.9, 0.95, 0.99)(Durations) AS q"
            " FROM usage_sketches WHERE SpanType = 'llm'"
        )
        assert row["q"][0] == pytest.approx(10_000_000, rel=0.011)

    def test_tokens_of_an_agent_count_until_its_calls_are_there(self, send: Send, store: Store) -> None:
        """A late call changes what its agent, minutes before, adds."""
        send([agent(1, 1)])
        usage.fold(store)
        assert [(row["SpanType"], row["tokens"]) for row in by_minute(store)] == [("agent", 10)]
        send([call(1, 2, parent=1, offset_ms=3 * MINUTE_MS)])
        usage.fold(store)
        assert [(row["SpanType"], row["tokens"]) for row in by_minute(store)] == [("agent", 0), ("llm", 10)]

    def test_spans_that_come_twice_count_once(self, send: Send, store: Store) -> None:
        """A client that never saw the acknowledgement sends again, in another request."""
        for _ in range(3):
            send([call(1, 1)])
            usage.fold(store)
        assert [(row["n"], row["tokens"]) for row in by_minute(store)] == [(1, 10)]

    def test_a_fold_that_was_killed_does_not_count(self, send: Send, store: Store) -> None:
        """Rows without an entry are nothing; the next fold makes up for them."""
        send([call(1, 1)])
        store.run("usage/fold", project="default", minutes=[START], fold=1, **{"from": START, "until": _next(START)})
        assert by_minute(store) == []
        usage.fold(store)
        assert [row["n"] for row in by_minute(store)] == [1]

    def test_users_pay_for_the_whole_trace(self, send: Send, store: Store) -> None:
        """The user stands on the root only; the calls below it are the user's too."""
        send([agent(1, 1, more={"user.id": "ana"}), call(1, 2, parent=1), call(2, 3)])
        usage.fold(store)
        [row] = store.select(
            "SELECT UserId, Model, sum(Calls) AS n, sum(InputTokens) AS t FROM user_usage GROUP BY ALL"
        )
        assert row == {"UserId": "ana", "Model": "m", "n": 1, "t": 10}

    def test_a_call_without_a_price_is_counted_as_such(self, send: Send, store: Store) -> None:
        """What is unknown is not zero."""
        send([call(1, 1), call(1, 2, more={"gen_ai.usage.cost": 0.5})])
        usage.fold(store)
        [row] = store.select("SELECT sum(CostUsd) AS usd, sum(Unpriced) AS unpriced FROM usage WHERE SpanType = 'llm'")
        assert row == {"usd": 0.5, "unpriced": 1}

    def test_nothing_new_is_no_work(self, store: Store) -> None:
        """An empty store has no minutes."""
        assert usage.fold(store) == 0

    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def test_usage_is_that_of_the_distinct_spans(self, data: st.DataObject, store: Store, ingest: SignalIngest) -> None:
        """Whatever the order, the batches, the repetitions and the folds in between."""
        for table in ("otel_traces", "trace_parts", "usage_parts", "user_usage_parts", "usage_folds"):
            store.execute(f"TRUNCATE TABLE {table}")
        facts = data.draw(st.lists(st.builds(Fact, st.integers(1, 3), st.integers(0, 3), st.booleans()), max_size=8))
        spans = [fact.span(number) for number, fact in enumerate(facts, 1)]
        sent = spans + data.draw(st.lists(st.sampled_from(spans), max_size=4)) if spans else []
        random.Random(data.draw(st.integers())).shuffle(sent)
        for batch in _cut(sent, data.draw(st.integers(1, 3))):
            ingest.insert([segment(request(batch))], new_token())
            if data.draw(st.booleans()):
                usage.fold(store)
        usage.fold(store)
        found = {(row["Minute"], row["SpanType"]): (row["n"], row["tokens"]) for row in by_minute(store)}
        assert found == expected(facts)


@dataclass(frozen=True)
class Fact:
    """An agent's span, with a call below it or not, or a call of a model."""

    trace: int
    minute: int
    is_agent: bool

    def span(self, number: int) -> Span:
        """The span that it stands for; each agent is a root, each call lies below the trace's first agent."""
        make = agent if self.is_agent else call
        return make(self.trace, number if not self.is_agent else 100 + number, offset_ms=self.minute * MINUTE_MS)


def expected(facts: Sequence[Fact]) -> dict[tuple[datetime, str], tuple[int, int]]:
    """Minute and kind → spans and tokens. No span lies below another here, so all of them count."""
    counts = Counter((START + timedelta(minutes=f.minute), "agent" if f.is_agent else "llm") for f in facts)
    return {key: (count, 10 * count) for key, count in counts.items()}


def _cut(spans: list[Span], parts: int) -> list[list[Span]]:
    size = max(1, len(spans) // parts)
    return [spans[at : at + size] for at in range(0, len(spans), size)]


def _next(minute: datetime) -> datetime:
    return minute + timedelta(minutes=1)


def test_a_session_is_its_traces(send: Send, store: Store) -> None:
    """Turns, sums, first question and last answer, whichever span of a trace names the session."""
    question = '[{"role":"user","parts":[{"type":"text","content":"%s"}]}]'
    for turn in (1, 2):
        attributes: dict[str, Plain] = {
            "session.id": "s",
            "user.id": "ana",
            "gen_ai.input.messages": question % f"turn {turn}",
        }
        send([agent(turn, turn, offset_ms=turn * 1000), call(turn, 10 + turn, turn, turn * 1000 + 1, attributes)])
    [row] = store.select("SELECT * FROM sessions")
    assert (row["SessionId"], row["UserId"], row["TraceCount"], row["InputTokens"]) == ("s", "ana", 2, 20)
    assert (row["FirstInput"], row["TraceIds"]) == ("turn 1", [trace_id(1), trace_id(2)])


def test_first_seen_is_the_earliest_whatever_comes_first(send: Send, store: Store) -> None:
    """Models, agents, tools, prompts and releases, by the service that has them."""
    prompt: dict[str, Plain] = {"gen_ai.prompt.name": "greet", "gen_ai.prompt.version": "3"}
    send([call(1, 1, offset_ms=5000, more=prompt)], {"service.name": "shop", "service.version": "1.2"})
    usage.fold(store)
    send([call(2, 2, offset_ms=1000)], {"service.name": "shop", "service.version": "1.2"})
    usage.fold(store)
    rows = store.select(
        "SELECT Kind, Value, ServiceName, toUnixTimestamp(FirstTime) AS at FROM first_seen ORDER BY Kind"
    )
    first = START_NS // 10**9
    assert [tuple(row.values()) for row in rows] == [
        ("model", "m", "shop", first + 1),
        ("prompt", "greet 3", "shop", first + 5),
        ("release", "1.2", "shop", first + 1),
    ]


def test_the_path_of_tools_follows_their_order(send: Send, store: Store) -> None:
    """Tools in the order of their start, a tool that is repeated at once named once."""
    names = ["find", "read", "read", "send"]
    tools = [
        span("t", number=9 - at, offset_ms=at * 10, attributes={"gen_ai.tool.name": name})
        for at, name in enumerate(names)
    ]
    send(tools)
    [row] = store.select("SELECT ToolPath FROM traces")
    assert row["ToolPath"] == "find > read > send"


def test_the_application_root_is_not_the_web_server(send: Send, store: Store) -> None:
    """Spans of HTTP and databases around and below the application are noise."""
    send(
        [
            span("POST /chat", number=1, attributes={"http.route": "/chat"}),
            agent(1, 2, parent=1, offset_ms=1, more={"gen_ai.agent.name": "bot"}),
            span("SELECT", number=3, parent=2, offset_ms=2, attributes={"db.statement": "SELECT 1"}),
            span("GET /health", trace=2, number=4, attributes={"http.route": "/health"}),
        ]
    )
    rows = store.select("SELECT RootName, AppRootName, IsNoise FROM traces ORDER BY TraceId")
    assert [tuple(row.values()) for row in rows] == [
        ("POST /chat", "chat m", False),
        ("GET /health", "GET /health", True),
    ]
