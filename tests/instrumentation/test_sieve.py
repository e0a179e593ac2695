"""What is held until it is known whether it is sent, and that averages of what is sent are true."""

import random
import statistics
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import Status, StatusCode

from spanmill._guard import Guard
from spanmill._waiting import Limits
from spanmill.sampling import Sampling, sieve
from spanmill.sampling.head import HeadSampler
from spanmill.sampling.sieve import Sieve
from spanmill_store.estimates import Sums, estimate
from support.processes import wait_until

if TYPE_CHECKING:
    from spanmill._processors import SpanSender


def _raise(action: str, error: Exception) -> None:
    raise AssertionError(action) from error


GUARD = Guard(_raise)


class Sender:
    """Takes what is sampled, as a sender does."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def on_end(self, span: ReadableSpan) -> None:
        """Take it."""
        if span.context.trace_flags.sampled:
            self.spans.append(span)

    @property
    def names(self) -> list[str]:
        """Of all, in the order in which they came."""
        return [span.name for span in self.spans]


class Ids(RandomIdGenerator):
    """The ids of a test that is the same each time."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def generate_span_id(self) -> int:
        """Of 64 bits."""
        return self._random.getrandbits(64) or 1

    def generate_trace_id(self) -> int:
        """Of 128 bits."""
        return self._random.getrandbits(128) or 1


class Application:
    """A tracer, and a clock that the test moves."""

    def __init__(self, sampling: Sampling, limits: Limits | None = None, seed: int = 1) -> None:
        self.now_s = 0.0
        self.sender = Sender()
        senders = [cast("SpanSender", self.sender)]
        self.sieve = Sieve(senders, sampling, limits or Limits(), GUARD, lambda: self.now_s)
        # The test decides when it is time, not a thread.
        self.sieve._thread = threading.current_thread()
        provider = TracerProvider(sampler=HeadSampler(sampling, GUARD), id_generator=Ids(seed), shutdown_on_exit=False)
        provider.add_span_processor(self.sieve)
        self.tracer = provider.get_tracer("test")

    @contextmanager
    def span(self, name: str = "request", *, fails: bool = False, **attributes: Any) -> Iterator[ReadableSpan]:
        """One below the current one."""
        with self.tracer.start_as_current_span(name, attributes=attributes) as span:
            yield cast("ReadableSpan", span)
            if fails:
                span.set_status(Status(StatusCode.ERROR))

    def after(self, seconds: float) -> list[str]:
        """What was sent by then."""
        self.now_s += seconds
        self.sieve.decide_due()
        return self.sender.names


NONE = Sampling(0, keep=("errors",))
WAITING = Sampling(0, keep=("errors", "feedback"), hold_s=30)


def test_a_trace_is_decided_about_when_its_last_span_has_ended() -> None:
    """A root that ends before what it began does not end its trace."""
    application = Application(NONE)
    with application.span("root"):
        within = application.tracer.start_span("within")
    assert application.after(10) == []
    cast("Any", within).set_status(Status(StatusCode.ERROR))
    within.end()
    assert application.after(0) == ["root", "within"]


def test_feedback_is_waited_for_and_then_no_longer() -> None:
    """From the end of the trace on; one that was decided about stays as it is."""
    application = Application(WAITING)
    ids = []
    for name in ("liked", "ignored"):
        with application.span(name) as span:
            ids.append(span.context.trace_id)
    assert application.after(29) == []
    application.sieve.keep(ids[0])
    assert application.after(1) == ["liked"]
    application.sieve.keep(ids[1])
    assert application.after(100) == ["liked"]


def test_what_comes_late_of_a_trace_that_was_kept_is_kept_too() -> None:
    """Half an incident explains nothing."""
    application = Application(NONE)
    with application.span("root", fails=True):
        late = application.tracer.start_span("late")
    with application.span("other"):
        other = application.tracer.start_span("other's")
    other.end()
    application.after(sieve.MAX_RUNNING_S)
    late.end()
    assert application.after(0) == ["root", "late"]


def test_a_trace_that_runs_for_long_is_shown_meanwhile() -> None:
    """As it stands: what is of the share, and what was kept by then."""
    application = Application(Sampling(1 - 1e-12, keep=("errors",)))
    with application.span("root"):
        with application.span("step"):
            pass
        assert application.after(sieve.MAX_RUNNING_S - 1) == []
        assert application.after(1) == ["step"]
    assert application.after(0) == ["step", "root"]


def test_only_so_much_is_held() -> None:
    """By spans and by bytes: the oldest is decided about first, and what was kept by a rule is sent, not lost."""
    application = Application(WAITING, Limits(max_items=20))
    for number in range(30):
        with application.span(f"{number}", fails=number % 2 == 0):
            pass
    assert application.sender.names == [f"{number}" for number in range(20) if number % 2 == 0]
    application = Application(WAITING, Limits(max_bytes=10_000))
    for number in range(10):
        with application.span(f"{number}", fails=True, text="x" * 1_000):
            pass
    assert application.sender.names == [f"{number}" for number in range(7)]


def test_an_end_and_a_flush_wait_for_nothing() -> None:
    """A flush sends what has ended; at the end of the process, what runs as well."""
    application = Application(WAITING)
    with application.span("runs"):
        with application.span("step", fails=True):
            pass
        application.sieve.let_go(is_end=False)
        assert application.sender.names == []
        application.sieve.let_go(is_end=True)
        assert application.sender.names == ["step"]


def test_a_thread_decides_when_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to end another span."""
    monkeypatch.setattr(sieve, "INTERVAL_S", 0.01)
    application = Application(NONE)
    application.sieve._thread = None
    with application.span("root", fails=True):
        pass
    wait_until(lambda: application.sender.names == ["root"], "the thread")


def test_what_a_kept_span_lost_is_not_forgotten() -> None:
    """A copy tells how many attributes, events and links the original had dropped, and all that it kept."""
    application = Application(NONE)
    with application.span("root", fails=True, number=1) as span:
        for number in range(200):
            cast("Any", span).add_event(f"{number}")
    application.after(0)
    [sent] = application.sender.spans
    assert (sent.dropped_events, len(sent.events)) == (72, 128)
    assert (sent.attributes, sent.start_time, sent.end_time) == ({"number": 1}, span.start_time, span.end_time)
    assert sent.context.trace_state.get("ot") == "th:0"
    assert sent.context.trace_flags.sampled


RUNS = 200
TRACES = 200
FAILING = 0.08


def _probability(span: ReadableSpan) -> float:
    told = span.context.trace_state.get("ot", "").removeprefix("th:").ljust(14, "0")
    return 1 - int(told, 16) / 2**56


def _run(seed: int, limits: Limits) -> tuple[list[tuple[float, float]], float]:
    """Values of the traces that were sent, each with its probability, and the true mean of all."""
    application = Application(Sampling(0.2, keep=("errors",)), limits, seed)
    chance = random.Random(seed)
    truth = 0.0
    for _ in range(TRACES):
        fails = chance.random() < FAILING
        value = 0.0 if fails else chance.betavariate(6, 2)
        truth += value
        with application.span("root", value=value):
            for step in range(3):
                with application.span("step", fails=fails and step == 1):
                    pass
    application.after(0)
    roots = [span for span in application.sender.spans if span.name == "root"]
    return [(float(cast("Any", span.attributes)["value"]), _probability(span)) for span in roots], truth / TRACES


@pytest.mark.parametrize("limits", [Limits(), Limits(max_items=4)], ids=["room", "hardly any room"])
def test_averages_of_what_is_sent_are_true(limits: Limits) -> None:
    """All that failed is sent, five times its share, and the mean is within its interval as often as it should be."""
    held, errors, sent = 0, [], 0
    for seed in range(RUNS):
        said, truth = _run(seed, limits)
        found = estimate(Sums.of(said))
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        held += found.low <= truth <= found.high
        errors.append(found.mean - truth)
        sent += len(said)
    assert 0.2 < sent / RUNS / TRACES < 0.3
    assert abs(statistics.fmean(errors)) < 3 * statistics.stdev(errors) / RUNS**0.5
    assert held / RUNS >= 0.93
