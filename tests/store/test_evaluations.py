"""``gen_ai.evaluation.result``: what evaluation libraries report becomes a score, once."""

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from spanmill_store.client import Store
from support.spans import START_NS, Plain, key_values, log_record, span, span_id, trace_id

from .conftest import Send, SendLogs

pytestmark = pytest.mark.clickhouse

EVENT = "gen_ai.evaluation.result"
RELEVANCE: dict[str, Plain] = {
    "gen_ai.evaluation.name": "relevance",
    "gen_ai.evaluation.score.value": 0.75,
    "gen_ai.evaluation.score.label": "relevant",
    "gen_ai.evaluation.explanation": "it answers the question",
}
SPAN = (1, 1)


def evaluated(*evaluations: dict[str, Plain], attributes: dict[str, Plain] | None = None) -> Span:
    """A span with an event for each of the *evaluations*."""
    built = span("chat", attributes=attributes)
    for evaluation in evaluations:
        built.events.add(name=EVENT, time_unix_nano=START_NS, attributes=key_values(evaluation))
    return built


def scores(store: Store) -> list[dict[str, object]]:
    """All scores."""
    return store.select(
        "SELECT Project, TraceId, SpanId, SessionId, Name, Value, Label, Rationale, Source, SamplingProbability "
        "FROM scores FINAL ORDER BY Name"
    )


EXPECTED = {
    "Project": "default",
    "TraceId": trace_id(1),
    "SpanId": span_id(1),
    "SessionId": "s1",
    "Name": "relevance",
    "Value": 0.75,
    "Label": "relevant",
    "Rationale": "it answers the question",
    "Source": "api",
    "SamplingProbability": 1.0,
}


def test_an_event_of_a_span_is_a_score(send: Send, store: Store) -> None:
    """Value, label and explanation stand on a row of the span that was evaluated."""
    send([evaluated(RELEVANCE, attributes={"session.id": "s1"})])
    assert scores(store) == [EXPECTED]


def test_a_log_record_is_a_score(send_logs: SendLogs, store: Store) -> None:
    """The record names the span by the ids of its context."""
    send_logs([log_record(None, event=EVENT, attributes={**RELEVANCE, "session.id": "s1"}, of=SPAN)])
    assert scores(store) == [EXPECTED]


def test_a_library_that_sends_both_makes_one_score(send: Send, send_logs: SendLogs, store: Store) -> None:
    """In either order, and however often."""
    record = log_record(None, event=EVENT, attributes={**RELEVANCE, "session.id": "s1"}, of=SPAN)
    send_logs([record])
    send([evaluated(RELEVANCE, attributes={"session.id": "s1"})])
    send_logs([record])
    assert scores(store) == [EXPECTED]


def test_each_name_is_a_score_of_its_own(send: Send, store: Store) -> None:
    """A span may be evaluated in several ways at once."""
    send([evaluated(RELEVANCE, {"gen_ai.evaluation.name": "harm", "gen_ai.evaluation.score.label": "none"})])
    assert [(row["Name"], row["Value"], row["Label"]) for row in scores(store)] == [
        ("harm", None, "none"),
        ("relevance", 0.75, "relevant"),
    ]


@pytest.mark.parametrize(("value", "stored"), [(True, 1.0), (False, 0.0), (3, 3.0), ("0.5", 0.5), ("good", None)])
def test_values_are_numbers(value: Plain, stored: float | None, send_logs: SendLogs, store: Store) -> None:
    """True and false count as 1 and 0; what is no number is no value, and never 0."""
    attributes = {"gen_ai.evaluation.name": "n", "gen_ai.evaluation.score.value": value}
    send_logs([log_record(None, event=EVENT, attributes=attributes, of=SPAN)])
    assert [row["Value"] for row in scores(store)] == [stored]


def test_thumbs_of_a_user_say_whose_they_are(send_logs: SendLogs, store: Store) -> None:
    """Feedback from a page is a score like any other, with its source."""
    attributes: dict[str, Plain] = {
        "gen_ai.evaluation.name": "thumb",
        "gen_ai.evaluation.score.value": 1,
        "spanmill.score.source": "user",
    }
    send_logs([log_record(None, event=EVENT, attributes=attributes, of=SPAN)])
    assert [(row["Name"], row["Value"], row["Source"]) for row in scores(store)] == [("thumb", 1.0, "user")]


def test_other_events_and_records_are_no_scores(send: Send, send_logs: SendLogs, store: Store) -> None:
    """Neither is an evaluation without a name."""
    other = span("chat")
    other.events.add(name="exception", attributes=key_values(RELEVANCE))
    send([other, evaluated({"gen_ai.evaluation.score.value": 1})])
    send_logs([log_record("relevance", attributes=RELEVANCE)])
    assert scores(store) == []
