"""What judges were asked is kept: each call is a trace of its own, which its score names."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from spanmill_store import judge_calls, ledger, scores
from spanmill_store.client import Store
from spanmill_store.cluster import run
from spanmill_store.errors import QueryRejected
from spanmill_store.prices.price import FIRST_DAY, LAST_DAY, Period, Price, Tier
from spanmill_store.prices.table import change
from support.judge_endpoint import answer, judge_endpoint
from support.removals import forget, found
from support.scoring import ScoringSide
from support.traces import TraceWriter

pytestmark = [pytest.mark.clickhouse, pytest.mark.redis]

Start = Callable[..., ScoringSide]

RULE = """
rules:
  - name: r
    judge:
      model: m
      base_url: ${JUDGE}
      api_key_env: null
      retries: 0
      patience_s: 0
      rubric: "{{input}}{{documents}}{{output}}"
      choices: {grounded: 1, invented: 0}
"""


@pytest.fixture
def start(store: Store, valkey: Redis, write_rules: Callable[[str], Path]) -> Start:
    """Start the scoring side on the text of a rules file."""

    def started(text: str, **environment: str) -> ScoringSide:
        return ScoringSide(store, valkey, write_rules(text), environment)

    return started


def test_each_call_is_a_trace_that_its_score_names(start: Start, traces: TraceWriter) -> None:
    """With what the judge saw and said, what it took, and a link to what it was about."""
    price = Price((Tier(0, 10.0, 10.0, 10.0, 100.0),))
    usage = {"prompt_tokens": 1000, "completion_tokens": 50, "total_tokens": 1050}
    with judge_endpoint() as endpoint:
        endpoint.respond = lambda _: (200, answer('{"rationale": "", "choice": "grounded"}', usage))
        side = start(RULE, JUDGE=endpoint.url)
        change(side.store, {}, {("", "m"): (Period(FIRST_DAY, LAST_DAY, price, "test"),)})
        run(side.store, "prices/reload")
        target = traces.turn("A?", "30 days")
        assert side.turn() == {"scored": 1}
    [score] = scores.newest(side.store, trace_id=target.trace_id)
    assert score.cost_usd == pytest.approx(0.015)
    [call] = side.store.select("SELECT * FROM spans WHERE TraceId = {id:String}", {"id": score.scorer_trace_id})
    [request] = endpoint.requests
    sent = [message["content"] for message in request["messages"]]
    assert [part["parts"][0]["content"] for part in json.loads(call["Input"])] == sent
    assert "check" in call["Output"]
    known = ("ServiceName", "SpanName", "SpanType", "Source", "Project", "InputTokens", "OutputTokens", "StatusCode")
    assert [call[name] for name in known] == ["spanmill-judge", "chat m", "llm", "judge", "default", 1000, 50, "Unset"]
    assert call["CostUsd"] == pytest.approx(0.015)
    assert call["Links.TraceId"] == [target.trace_id]
    assert (call["UserId"], call["SessionId"]) == ("", "")
    about = {name: call["SpanAttributes"][f"spanmill.judge.{name}"] for name in ("rule", "requests", "cut_chars")}
    assert about == {"rule": "r", "requests": "1", "cut_chars": "0"}


def test_a_call_without_a_verdict_is_a_trace_too(start: Start, traces: TraceWriter) -> None:
    """With every try that failed, also while the target goes on waiting."""
    with judge_endpoint() as endpoint:
        endpoint.respond = lambda _: (503, {"error": {"message": "overloaded"}})
        side = start(RULE.replace("patience_s: 0", "patience_s: 3600"), JUDGE=endpoint.url)
        target = traces.turn()
        assert side.turn() == {}
    [call] = side.store.select("SELECT * FROM otel_traces WHERE ServiceName = 'spanmill-judge'")
    assert (call["StatusCode"], call["SpanAttributes"]["error.type"]) == ("Error", "provider_error")
    assert call["Links.TraceId"] == [target.trace_id]
    assert [one["http.response.status_code"] for one in call["Events.Attributes"]] == ["503"]
    assert call["CostUsd"] is None


def test_a_trace_that_cannot_be_kept_costs_no_verdict(
    start: Start, traces: TraceWriter, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The score is there, without a trace to look at, and the log says so."""

    def refuse(*_: Any) -> None:
        raise QueryRejected("It is full.")

    monkeypatch.setattr(judge_calls, "insert", refuse)
    with judge_endpoint() as endpoint:
        endpoint.respond = lambda _: (200, answer('{"rationale": "", "choice": "grounded"}'))
        side = start(RULE, JUDGE=endpoint.url)
        target = traces.turn()
        assert side.turn() == {"scored": 1}
    [score] = scores.newest(side.store, trace_id=target.trace_id)
    assert (score.label, score.scorer_trace_id, score.cost_usd) == ("grounded", "", None)
    assert "It is full." in caplog.text


def test_a_verdict_that_is_written_again_keeps_its_origin(
    start: Start, traces: TraceWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that died before the ledger knew is no reason to pay twice, or to forget what was paid."""
    with judge_endpoint() as endpoint:
        endpoint.respond = lambda _: (200, answer('{"rationale": "", "choice": "grounded"}'))
        side = start(RULE, JUDGE=endpoint.url)
        target = traces.turn()
        side.planner.tick()
        with monkeypatch.context() as patch:
            patch.setattr(ledger, "insert", lambda *_: None)
            side.work()
        [first] = scores.newest(side.store, trace_id=target.trace_id)
        assert side.turn() == {"scored": 1}
        [second] = scores.newest(side.store, trace_id=target.trace_id)
        assert len(endpoint.requests) == 1
    assert first.scorer_trace_id == second.scorer_trace_id != ""


def test_rules_leave_calls_of_judges_alone(start: Start, traces: TraceWriter) -> None:
    """They are nobody's traffic, and stand in the ledger only of a rule that asks for them."""
    others = """
  - {name: any, sql: '1'}
  - {name: spans, scope: span, sql: '1'}
  - {name: meta, sources: [judge], sql: '1'}
"""
    with judge_endpoint() as endpoint:
        endpoint.respond = lambda _: (200, answer('{"rationale": "", "choice": "grounded"}'))
        side = start(RULE + others, JUDGE=endpoint.url)
        target = traces.turn()
        side.turn()
        side.wait(100)
        side.turn()
    [call] = scores.newest(side.store, rule="r")
    judged = {target.trace_id: ("scored", "")}
    assert [side.states(rule) for rule in ("r", "any", "spans")] == [judged] * 3
    assert side.states("meta")[call.scorer_trace_id] == ("scored", "")


@pytest.mark.parametrize("choice", ["grounded", "perfect"])
def test_they_are_forgotten_with_what_they_were_about(start: Start, traces: TraceWriter, choice: str) -> None:
    """A call quotes its target, whether a score came of it or not."""
    with judge_endpoint() as endpoint:
        endpoint.respond = lambda _: (200, answer(json.dumps({"rationale": "", "choice": choice})))
        side = start(RULE, JUDGE=endpoint.url)
        target, other = traces.turn("Who is Anna?"), traces.turn("Who is Bert?")
        side.turn()
    assert len(side.store.select("SELECT 1 FROM otel_traces WHERE ServiceName = 'spanmill-judge'")) == 2
    assert found(forget(side.store, "trace", target.trace_id)) == {}
    [left] = side.store.select(
        "SELECT Input, `Links.TraceId` AS linked FROM spans WHERE ServiceName = 'spanmill-judge'"
    )
    assert "Bert" in left["Input"]
    assert left["linked"] == [other.trace_id]
