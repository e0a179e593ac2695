"""Built-in scorers of spans score in pieces: what is read, scored and written at the same time comes to the same."""

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
  scope: span
  where: SpanType = 'agent'
  builtin: refusal
  flag: {labels: [refused]}
  dataset: refusals
"""


@pytest.fixture
def side(
    store: Store, valkey: Redis, write_rules: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> ScoringSide:
    """A rule of spans whose pieces are of one span each: the size is no setting of users."""
    whole = targets.spans_in_pieces
    monkeypatch.setattr(targets, "spans_in_pieces", lambda *ids, detail: whole(*ids, detail=detail, size=1))
    return ScoringSide(store, valkey, write_rules(RULE))


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
    side.store.execute("TRUNCATE TABLE otel_traces")
    assert side.perform(*job.args) == {"filtered": 2}
    assert {reason for _, reason in side.states("r").values()} == {"its spans are no longer stored"}
