"""With which probability the application sent what is stored, read from what OpenTelemetry's samplers say."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spanmill.sampling import threshold
from spanmill_store.client import Store
from spanmill_store.mapping.probability import known, told
from support.spans import span

from .conftest import Send

pytestmark = pytest.mark.clickhouse

STATES = {
    "": 1.0,
    "ot=th:0": 1.0,
    "ot=th:8": 0.5,
    "ot=th:c;rv:9b8233f7e3a151": 0.25,
    "ot=rv:9b8233f7e3a151;th:c": 0.25,
    "congo=t61rcWkgMzE,ot=th:8": 0.5,
    "ot=th:8,congo=t61rcWkgMzE": 0.5,
    "congo=1, ot=th:8": 0.5,
    "ot=p:8": 1.0,
    "ot=th:": 1.0,
    "ot=th:xyz": 1.0,
    "ot=th:123456789012345": 1.0,
    "foot=th:8": 1.0,
    "ot=th:ffffffffffffff": 2**-56,
    "th:8": 1.0,
}
"""What a tracestate says; what cannot be understood says nothing, and nobody says that anything was left out."""


@pytest.mark.parametrize(("state", "probability"), STATES.items())
def test_the_probability_follows_from_the_tracestate(store: Store, state: str, probability: float) -> None:
    """Wherever its entry stands among those of vendors."""
    [row] = store.select(f"SELECT {known('{state:String}')} AS p, {told('{state:String}')} AS told", {"state": state})
    assert row["p"] == probability
    assert row["told"] == (probability if "ot=th:0" in state or probability < 1 else 0)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(1e-9, 1))
def test_what_the_shim_says_is_what_the_store_reads(store: Store, ratio: float) -> None:
    """To sixteen digits."""
    state = threshold.entry(threshold.of_ratio(ratio)).to_header()
    [row] = store.select(f"SELECT {known('{state:String}')} AS p", {"state": state})
    assert row["p"] == pytest.approx(ratio, rel=1e-6)


def test_spans_traces_and_sessions_bear_it(store: Store, send: Send) -> None:
    """A trace was sent if any part of it was: the part that was surer counts, as does such a trace of a session."""
    conversation = {"session.id": "s"}
    send([
        span(trace=1, number=1, trace_state="ot=th:c", attributes=conversation),
        span(trace=1, number=2, parent=1, trace_state="ot=th:8"),
        span(trace=1, number=3, parent=2),
        span(trace=2, number=4, trace_state="ot=th:c", attributes=conversation),
        span(trace=3, number=5),
    ])  # fmt: skip
    ask = "SELECT SamplingProbability AS p FROM {} ORDER BY {}"
    assert [row["p"] for row in store.select(ask.format("spans", "SpanId"))] == [0.25, 0.5, 1, 0.25, 1]
    assert [row["p"] for row in store.select(ask.format("traces", "TraceId"))] == [0.5, 0.25, 1]
    assert [row["p"] for row in store.select(ask.format("sessions", "SessionId"))] == [0.5]
