"""Built-in scorers of spans and traces score in pieces: reading, scoring and writing at once comes to the same."""

from collections.abc import Callable
from pathlib import Path

import pytest
from redis import Redis

from spanmill_store import targets
from spanmill_store.client import Store
from support.scoring import ScoringSide
from support.traces import TraceWriter

pytestmark = [pytest.mark.clickhouse, pytest.mark.redis]

RULE = """
completion: {idle_s: 1}
rules:
- name: r
  scope: {scope}
  where: {where}
  builtin: refusal
  flag: {labels: [refused]}
  dataset: refusals
"""


@pytest.fixture(params=["span", "trace"])
def side(
    store: Store,
    valkey: Redis,
    write_rules: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> ScoringSide:
    """A rule whose pieces are of one target each: the size is no setting of users."""
    for name in ("spans_in_pieces", "traces_in_pieces"):
        whole = getattr(targets, name)
        monkeypatch.setattr(targets, name, lambda *ids, detail, whole=whole: whole(*ids, detail=detail, size=1))
    where = {"span": "SpanType = 'agent'", "trace": "SpanCount > 0"}[request.param]
    return ScoringSide(store, valkey, write_rules(RULE.replace("{scope}", request.param).replace("{where}", where)))


def test_every_span_is_settled_once(side: ScoringSide, traces: TraceWriter) -> None:
    """With scores, flags and test cases; a job that runs twice finds nothing to do."""
    traces.answers(["Yes.", "I'm sorry, I can't help with that.", "No."])
    side.planner.tick()
    [job] = list(side.jobs())
    assert side.perform(*job.args) == {"scored": 3, "flagged": 1}
    assert side.perform(*job.args) == {}
    assert [side.count(table) for table in ("scores", "flags", "dataset_rows", "score_ledger")] == [3, 1, 1, 3]
    assert side.count("dataset_rows", "Output ILIKE '%I\\'m sorry%'") == 1


def test_spans_that_are_gone_are_settled_too(side: ScoringSide, traces: TraceWriter) -> None:
    """What is no longer stored waits for nobody."""
    traces.answers(["Yes.", "No."])
    side.planner.tick()
    [job] = list(side.jobs())
    for table in ("otel_traces", "trace_parts"):
        side.store.execute(f"TRUNCATE TABLE {table}")
    assert side.perform(*job.args) == {"filtered": 2}
    assert {reason for _, reason in side.states("r").values()} == {"its spans are no longer stored"}
