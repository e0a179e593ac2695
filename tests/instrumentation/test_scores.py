"""`spanmill.score` and `spanmill.feedback` in real processes, seen from a receiver, and in the store."""

import json
from pathlib import Path

import pytest

from spanmill_store import scores
from spanmill_store.client import Store
from support.collectors import collector_process
from support.otlp_receiver import Receiver
from support.processes import wait_until
from support.programs import Run

SHOP = """
import json, spanmill
spanmill.init("shop")

with spanmill.span("answer") as step:
    spanmill.score("groundedness", 0.8, reason="two of three claims")
    trace_id = spanmill.current_trace_id()
assert spanmill.current_trace_id() is None
spanmill.feedback(thumbs_up=False, comment="wrong order", correction="It is lost.", trace_id=trace_id)
spanmill.feedback(signal="copied", rating=0.5, trace_id=trace_id)
spanmill.score("resolved", True, session_id="s-1")
print(json.dumps(trace_id))
"""


def test_what_is_said_of_the_current_span_is_its_event(python: Run, receiver: Receiver) -> None:
    """As OpenTelemetry names it."""
    python(SHOP)
    [request] = receiver.requests
    [span] = request.resource_spans[0].scope_spans[0].spans
    [event] = span.events
    said = {pair.key: pair.value for pair in event.attributes}
    assert (event.name, said["gen_ai.evaluation.name"].string_value) == ("gen_ai.evaluation.result", "groundedness")
    assert said["gen_ai.evaluation.score.value"].double_value == 0.8


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
def test_what_is_said_of_others_is_a_log_record(python: Run, receiver: Receiver, protocol: str) -> None:
    """That names the trace and no span, or the conversation."""
    url = receiver.grpc_url if protocol == "grpc" else receiver.http_url + "/v1/traces"
    done = python(SHOP, SPANMILL_ENDPOINT=url, OTEL_EXPORTER_OTLP_PROTOCOL=protocol)
    assert done.stderr == ""
    trace_id = bytes.fromhex(json.loads(done.stdout))
    said = {str(log.attributes["gen_ai.evaluation.name"]): log for log in receiver.logs}
    assert set(said) == {f"feedback.{name}" for name in ("thumbs", "correction", "copied", "rating")} | {"resolved"}
    assert {(log.trace_id, log.span_id) for name, log in said.items() if name != "resolved"} == {(trace_id, b"")}
    assert (said["resolved"].trace_id, said["resolved"].attributes["session.id"]) == (b"", "s-1")
    assert said["feedback.thumbs"].resource["service.name"] == "shop"


@pytest.mark.clickhouse
def test_all_of_it_becomes_scores(python: Run, store: Store, database_url: str, tmp_path: Path) -> None:
    """Through the real collector; users are told from programs."""
    with collector_process(tmp_path, database_url) as collector:
        done = python(SHOP, SPANMILL_ENDPOINT=f"http://127.0.0.1:{collector.grpc_port}")
        assert done.stderr == ""
        wait_until(lambda: len(scores.newest(store)) == 6, "the scores")
    found = {score.name: score for score in scores.newest(store)}
    assert {name: score.value for name, score in found.items()} == {
        "groundedness": 0.8,
        "feedback.thumbs": 0,
        "feedback.correction": None,
        "feedback.copied": 1,
        "feedback.rating": 0.5,
        "resolved": 1,
    }
    assert {score.source for name, score in found.items() if name.startswith("feedback")} == {"user"}
    assert found["feedback.correction"].rationale == "It is lost."
    assert (found["resolved"].source, found["resolved"].target.session_id) == ("api", "s-1")


def test_a_score_of_nothing_is_told_once(python: Run) -> None:
    """And so is an id that is none; the program goes on."""
    done = python(
        "import spanmill\nspanmill.init()\n"
        "for _ in range(2): spanmill.score('x', 1)\n"
        "spanmill.score('x', 1, trace_id='abc')\nprint('on')"
    )
    assert done.stdout == "on\n"
    [line] = done.stderr.splitlines()
    assert "spanmill could not record a score: NowhereError: score 'x' has no current span" in line


def test_without_init_nothing_happens(python: Run, receiver: Receiver) -> None:
    """Nor is anything said."""
    done = python(SHOP.replace('spanmill.init("shop")', "").replace("print", "str"))
    assert (done.returncode, done.stderr, receiver.logs) == (0, "", [])
