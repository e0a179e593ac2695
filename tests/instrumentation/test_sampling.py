"""A share of the traces is sent, and all that matter: in real processes, as a collector receives them."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from spanmill.sampling import threshold
from spanmill_store.client import Store
from support.collectors import collector_process
from support.otlp_receiver import Receiver
from support.processes import wait_until
from support.programs import Run

PREFACE = """
import spanmill
from opentelemetry import trace
spanmill.init("shop", exit_timeout_s=10)
def request(number, fails=False):
    with spanmill.span("request", attributes={"number": number}):
        with spanmill.span("step") as step:
            if fails:
                step.fail(ValueError("no"))
        return spanmill.current_trace_id()
"""


def _probability(trace_state: str) -> float:
    told = [word for word in trace_state.removeprefix("ot=").split(";") if word.startswith("th:")]
    return 1 - int(told[0].removeprefix("th:").ljust(14, "0"), 16) / 2**56


def _told(receiver: Receiver, name: str = "request") -> Counter[float]:
    return Counter(round(_probability(span.trace_state), 9) for span in receiver.named(name))


def test_a_share_is_sent_whole_and_says_so(python: Run, receiver: Receiver) -> None:
    """Of 400 traces about a tenth: by their ids, with all their spans."""
    done = python(PREFACE + "for number in range(400): request(number)", SPANMILL_SAMPLE="0.1")
    assert done.stderr == ""
    assert 10 <= len(receiver.named("request")) <= 90
    assert set(_told(receiver)) == {0.1}
    assert {span.trace_id for span in receiver.named("step")} == {span.trace_id for span in receiver.named("request")}
    assert len(receiver.named("step")) == len(receiver.named("request"))
    below = threshold.of_ratio(0.1)
    assert all(threshold.of_trace(int.from_bytes(span.trace_id, "big")) >= below for span in receiver.spans)


def test_what_fails_is_always_sent(python: Run, receiver: Receiver) -> None:
    """With probability 1, whether it is of the share or not; all spans of such a trace say so."""
    program = PREFACE + "for number in range(60): request(number, fails=number % 2 == 0)"
    assert python(program, SPANMILL_SAMPLE="0.25").stderr == ""
    assert _told(receiver)[1.0] == 30
    sure = {span.trace_id for span in receiver.spans if _probability(span.trace_state) == 1}
    assert {span.trace_id for span in receiver.spans if span.is_error} == sure
    steps = Counter(span.trace_id in sure for span in receiver.named("step"))
    assert steps[True] == 30
    assert 0 < steps[False] < 20


def test_what_got_feedback_is_always_sent(python: Run, receiver: Receiver) -> None:
    """While it runs, or a short time later; the feedback itself arrives, whatever becomes of the trace."""
    program = (
        PREFACE
        + """
for number in range(40):
    trace_id = request(number)
    if number % 2:
        spanmill.feedback(thumbs_up=False, trace_id=trace_id)
with spanmill.span("request"):
    spanmill.feedback(rating=0.1)
"""
    )
    assert python(program, SPANMILL_SAMPLE="0.2", SPANMILL_SAMPLE_KEEP="feedback").stderr == ""
    assert _told(receiver)[1.0] == 21
    assert len(receiver.logs) >= 20
    said = [log.attributes["gen_ai.evaluation.name"] for log in receiver.logs]
    assert said.count("feedback.thumbs") == 20


@pytest.mark.parametrize("age", [timedelta(minutes=30), timedelta(hours=2)], ids=["new", "old"])
def test_a_new_release_is_sent_whole(python: Run, receiver: Receiver, age: timedelta) -> None:
    """For an hour, if it is told when that began."""
    released_at = (datetime.now(UTC) - age).isoformat()
    program = PREFACE + "for number in range(40): request(number)"
    assert python(program, SPANMILL_SAMPLE="0.2", SPANMILL_RELEASED_AT=released_at).stderr == ""
    if age < timedelta(hours=1):
        assert _told(receiver) == Counter({1.0: 40})
    else:
        assert len(receiver.named("request")) < 40


def test_a_rule_of_the_application_keeps_traces(python: Run, receiver: Receiver) -> None:
    """By what any of their spans says; where it fails, it keeps nothing."""
    program = PREFACE.replace(
        'init("shop",',
        """init("shop", sample=spanmill.Sampling(
            0, keep=(), keep_if=lambda span: 10 / (span.attributes["number"] - 3) > 4),""",
    )
    done = python(
        program.replace('span("step")', 'span("step", attributes={"number": number})') + "for n in range(8): request(n)"
    )
    numbers = sorted(span.attributes["number"] for span in receiver.named("request"))  # type: ignore[type-var]
    assert numbers == [4, 5]
    assert "could not ask keep_if" in done.stderr


def test_the_traces_of_a_session_share_their_fate(python: Run, receiver: Receiver) -> None:
    """Where they begin within it, so that whole conversations can be judged."""
    program = (
        PREFACE
        + """
for name in range(40):
    for number in range(3):
        with spanmill.session(f"session {name}"):
            request(number)
"""
    )
    assert python(program, SPANMILL_SAMPLE="0.3").stderr == ""
    sessions = Counter(span.attributes["session.id"] for span in receiver.named("request"))
    assert set(sessions.values()) == {3}
    assert 3 < len(sessions) < 25


def test_without_rules_what_is_left_out_is_not_even_recorded(python: Run, receiver: Receiver) -> None:
    """And what somebody says of it arrives all the same."""
    program = (
        PREFACE
        + """
for number in range(40):
    with spanmill.span("request"):
        print(trace.get_current_span().is_recording())
        spanmill.score("quality", 0.5)
"""
    )
    done = python(program, SPANMILL_SAMPLE="0.2", SPANMILL_SAMPLE_KEEP="none")
    recorded = Counter(done.stdout.split())
    assert recorded["True"] == len(receiver.named("request")) < 30
    assert len(receiver.logs) == recorded["False"]
    assert set(_told(receiver)) == {0.2}


def test_services_that_are_called_follow(python: Run, receiver: Receiver) -> None:
    """Whatever they were told themselves; what fails there is sent from there."""
    program = (
        PREFACE
        + """
from opentelemetry import context, propagate
def called(trace, flags, state, fails=False):
    told = {"traceparent": f"00-{trace * 32}-{'b' * 16}-{flags}", "tracestate": state}
    token = context.attach(propagate.extract(told))
    with spanmill.span(trace) as step:
        if fails:
            step.fail(ValueError("no"))
        tells = {}
        propagate.inject(tells)
        print(tells["traceparent"][-2:], tells.get("tracestate", ""))
    context.detach(token)
called("a", "01", "ot=th:8,congo=1")
called("b", "00", "ot=rv:00000000000000")
called("c", "00", "congo=1", fails=True)
called("d", "01", "")
"""
    )
    done = python(program, SPANMILL_SAMPLE="0.001", SPANMILL_SAMPLE_HOLD_S="0")
    assert done.stdout.splitlines() == ["01 ot=th:8,congo=1", "00 ot=rv:00000000000000", "00 congo=1", "01 "]
    told = {span.name: span.trace_state for span in receiver.spans}
    assert told == {"a": "ot=th:8,congo=1", "c": "ot=th:0,congo=1", "d": ""}


@pytest.mark.parametrize("said", ["1.5", "a tenth", "-1", "nan"])
def test_a_share_that_is_none_sends_all_and_says_so(python: Run, receiver: Receiver, said: str) -> None:
    """Rather too much than too little."""
    done = python(PREFACE + "request(1)", SPANMILL_SAMPLE=said)
    assert "spanmill could not sample traces, and sends all" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert len(receiver.named("request")) == 1
    if said in {"1.5", "-1"}:
        done = python(PREFACE.replace("10)", f"10, sample={said})") + "request(1)")
        assert "is not between 0 and 1" in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_samplers_of_others_win(python: Run, receiver: Receiver) -> None:
    """OpenTelemetry's variable, and an application's own provider; a line says that they do, however it was asked."""
    own = "from opentelemetry import trace; from opentelemetry.sdk.trace import TracerProvider\n"
    own += "trace.set_tracer_provider(TracerProvider())\n"
    in_code = PREFACE.replace("10)", "10, sample=0)")
    by_variable = {"OTEL_TRACES_SAMPLER": "always_on"}
    for said in (
        python(PREFACE + "request(1)", SPANMILL_SAMPLE="0", **by_variable).stderr,
        python(in_code + "request(2)", **by_variable).stderr,
    ):
        assert "OTEL_TRACES_SAMPLER is set" in said
        assert len(said.splitlines()) == 1
    for said in (
        python(own + in_code + "request(3)").stderr,
        python(own + PREFACE + "request(4)", SPANMILL_SAMPLE="0").stderr,
    ):
        assert "the tracer provider of the application samples" in said
        assert len(said.splitlines()) == 1
    assert sorted(str(span.attributes["number"]) for span in receiver.named("request")) == ["1", "2", "3", "4"]


def test_children_that_were_forked_sample_by_themselves(python: Run, receiver: Receiver) -> None:
    """What a child records is decided there, also when it ends with ``os._exit``; the parent's is the parent's."""
    program = (
        PREFACE
        + """
import os
request("parent", fails=True)
children = []
for number in range(2):
    if not (child := os.fork()):
        request(f"child {number}", fails=True)
        request("left out")
        os._exit(0)
    children.append(child)
for child in children: os.waitpid(child, 0)
"""
    )
    python(program, SPANMILL_SAMPLE="0", PYTHONWARNINGS="ignore::DeprecationWarning")
    numbers = Counter(str(span.attributes["number"]) for span in receiver.named("request"))
    assert numbers == Counter(["parent", "child 0", "child 1"])


@pytest.mark.clickhouse
def test_sql_knows_how_much_there_was(python: Run, store: Store, database_url: str, tmp_path: Path) -> None:
    """What was sent with probability p stands for 1/p: all of 300 traces, of which 30 failed, are found again."""
    program = PREFACE + "for number in range(300): request(number, fails=number % 10 == 0)"
    with collector_process(tmp_path, database_url) as collector:
        endpoint = f"http://{collector.grpc_target}"
        assert python(program, SPANMILL_SAMPLE="0.25", SPANMILL_ENDPOINT=endpoint).stderr == ""
        wait_until(lambda: store.select("SELECT countIf(ErrorCount > 0) AS n FROM traces")[0]["n"] == 30, "traces", 30)
    [row] = store.select(
        "SELECT countIf(SamplingProbability = 1) AS sure, sumIf(1 / SamplingProbability, ErrorCount = 0) AS others,"
        " uniqExactIf(SamplingProbability, ErrorCount = 0) AS shares, count() AS stored FROM traces"
    )
    assert (row["sure"], row["shares"]) == (30, 1)
    assert row["stored"] < 170
    assert 150 < row["others"] < 390, "270, give or take four standard deviations of 28"
