"""Who is sampled, with which probability, and that the probability is true."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from spanmill_scoring.sampling import is_sampled, position
from spanmill_store.client import Store
from support.scoring import ScoringSide
from support.traces import TraceWriter

pytestmark = [pytest.mark.clickhouse, pytest.mark.redis]

Start = Callable[[str], ScoringSide]


@pytest.fixture
def start(store: Store, valkey: Redis, write_rules: Callable[[str], Path]) -> Start:
    """Start the scoring side on the text of a rules file."""
    return lambda text: ScoringSide(store, valkey, write_rules(text))


def ledger(store: Store, rule: str = "r") -> dict[str, tuple[Any, ...]]:
    """State, probability and stratum by trace."""
    columns = "TraceId, State, SamplingProbability, Stratum"
    rows = store.select(f"SELECT {columns} FROM score_ledger FINAL WHERE Rule = {{r:String}}", {"r": rule})
    return {row["TraceId"]: tuple(row.values())[1:] for row in rows}


STRATA = """rules:
- name: r
  sample: 0.1
  strata:
    failed: {where: ErrorCount > 0, sample: 1}
    long: {where: SpanCount > 1, sample: 0.5}
  sql: ErrorCount
"""


def test_the_highest_rate_that_applies_is_the_probability(start: Start, traces: TraceWriter) -> None:
    """Of several strata too; it stands in the ledger, with the name of the stratum, and on the score."""
    side = start(STRATA)
    plain = [target.trace_id for target in traces.turns(60)]
    failed = [traces.turn(tool_error=True).trace_id for _ in range(3)]
    long = [traces.turn(documents=("one",)).trace_id for _ in range(6)]
    side.turn()

    def expected(trace: str, rate: float, stratum: str) -> tuple[Any, ...]:
        return ("scored" if is_sampled(trace, rate) else "sampled_out", rate, stratum)

    found = ledger(side.store)
    assert {trace: found[trace] for trace in plain} == {trace: expected(trace, 0.1, "") for trace in plain}
    assert {trace: found[trace] for trace in failed} == {trace: expected(trace, 1, "failed") for trace in failed}
    assert {trace: found[trace] for trace in long} == {trace: expected(trace, 0.5, "long") for trace in long}
    scored = side.store.select("SELECT TraceId, SamplingProbability AS p FROM scores FINAL")
    states = {trace: row[1] for trace, row in found.items() if row[0] == "scored"}
    assert {row["TraceId"]: row["p"] for row in scored} == states


def test_rules_see_the_same_traces_unless_they_are_independent(start: Start, traces: TraceWriter) -> None:
    """By their positions: those of an independent rule are its own."""
    rules = [f"- {{name: {name}, sample: 0.5, sql: '1'" for name in ("a", "b", "c")]
    side = start("rules:\n" + "\n".join([rules[0] + "}", rules[1] + "}", rules[2] + ", independent: true}"]))
    ids = [target.trace_id for target in traces.turns(80)]
    side.planner.tick()
    sampled = {rule: {t for t, row in ledger(side.store, rule).items() if row[0] == "waiting"} for rule in "abc"}
    assert sampled["a"] == sampled["b"] == {trace for trace in ids if position(trace) < 0.5}
    assert sampled["c"] == {trace for trace in ids if position(trace, "c") < 0.5}


def test_traffic_of_other_sources_is_left_alone_unless_asked_for(start: Start, traces: TraceWriter) -> None:
    """Experiments, playgrounds and synthetic traffic do not count as production."""
    side = start("rules:\n- {name: r, sql: '1'}\n- {name: all, sources: [production, experiment], sql: '1'}")
    real = traces.turn().trace_id
    trial = "e" * 32
    traces.spans(trial, [("root", "", {"spanmill.source": "experiment"}, "Unset")])
    side.turn()
    assert side.states("r") == {real: ("scored", ""), trial: ("filtered", "its source is experiment")}
    assert {trace: state for trace, (state, _) in side.states("all").items()} == {real: "scored", trial: "scored"}


def test_a_trace_that_fails_late_comes_into_the_sample(start: Start, traces: TraceWriter) -> None:
    """With the probability of its new stratum; one that was sampled stays in."""
    side = start(STRATA)
    out = next(t.trace_id for t in traces.turns(30) if not is_sampled(t.trace_id, 0.5))
    side.turn()
    assert ledger(side.store)[out] == ("sampled_out", 0.1, "")
    traces.spans(out, [("root", "", {}, "Unset"), ("tool", "root", {}, "Error")])
    side.wait(100)
    assert side.turn() == {"late_rescored": 1}
    assert ledger(side.store)[out] == ("late_rescored", 1, "failed")
    [score] = side.store.select(
        "SELECT Value, SamplingProbability AS p FROM scores FINAL WHERE TraceId = {t:String}", {"t": out}
    )
    assert (score["Value"], score["p"]) == (1, 1)


def test_spans_are_in_strata_too(start: Start, traces: TraceWriter) -> None:
    """By their own columns."""
    side = start(
        "rules:\n- {name: r, scope: span, sample: 0, strata: {tools: {where: SpanType = 'tool', sample: 1}}, sql: '1'}"
    )
    traces.turn(tool_error=True)
    assert side.turn() == {"scored": 1}
    assert side.count("score_ledger", "State = 'sampled_out' AND Stratum = ''") == 1


def test_a_changed_rate_is_not_a_new_version(start: Start, traces: TraceWriter) -> None:
    """What a score says does not depend on how many there are; what was decided stays decided."""
    side = start("rules:\n- {name: r, sample: 0, sql: '1'}")
    before = side.rule("r").version
    traces.turns(3)
    side.turn()
    side.path.write_text("rules:\n- {name: r, sample: 1, strata: {x: {where: '1', sample: 1}}, sql: '1'}")
    assert side.rule("r").version == before
    assert side.turn() == {}
    traces.turn()
    side.wait(100)
    assert side.turn() == {"scored": 1}


SCOPES = """rules:
- {name: trace, sample: 0.5, sql: ErrorCount}
- {name: span, scope: span, sample: 0.5, sql: '1'}
- {name: session, scope: session, sample: 0.5, sql: ErrorCount}
- {name: needy, sample: 0.5, where: score('trace') >= 0, sql: '1'}
"""


def test_what_the_application_left_out_counts_as_well(start: Start, traces: TraceWriter) -> None:
    """A target's probability is that of having been sent, times that of having been sampled of what came."""
    side = start(SCOPES)
    for number in range(12):
        traces.turn(session=f"s{number}", trace_state="ot=th:c")
    for _ in range(3):
        side.turn()
        side.wait(4000)
    rows = side.store.select("SELECT Rule, SamplingProbability AS p, State FROM score_ledger FINAL")
    decided = {(row["Rule"], row["p"]) for row in rows if row["State"] in {"scored", "sampled_out"}}
    assert decided == {(rule, 0.125) for rule in ("trace", "span", "session", "needy")}
    scored = side.store.select("SELECT Rule, SamplingProbability AS p FROM scores FINAL")
    assert {(row["Rule"], row["p"]) for row in scored} == decided
