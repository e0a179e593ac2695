"""Scoring the past where that takes more than a row: sessions, scores of other rules, conditions that are refused."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from redis import Redis

from spanmill_scoring.sampling import is_sampled
from spanmill_store.client import Store
from spanmill_store.scoring import parts
from support.backfilling import HEAD, fill, grow_old, invoke, run, window
from support.scoring import ScoringSide
from support.traces import TraceWriter

pytestmark = [pytest.mark.clickhouse, pytest.mark.redis]

Start = Callable[..., ScoringSide]


@pytest.fixture
def start(store: Store, valkey: Redis, write_rules: Callable[[str], Path]) -> Start:
    """Start the scoring side on the text of a rules file."""
    return lambda text: ScoringSide(store, valkey, write_rules(text))


class TestRefusedConditions:
    """A condition that ClickHouse cannot compute of every target."""

    NUMBER = "- {name: r, scope: SCOPE, where: 'toFloat64(COLUMN) > 1', sql: '1'}\n"

    @pytest.mark.parametrize(
        ("scope", "column"), [("trace", "Output"), ("span", "SessionId"), ("session", "LastOutput")]
    )
    def test_those_at_fault_are_filtered(
        self, start: Start, traces: TraceWriter, database_url: str, scope: str, column: str
    ) -> None:
        """With the reason, as the planner does it; all others are decided about, and it was foreseen."""
        side = start(HEAD + self.NUMBER.replace("SCOPE", scope).replace("COLUMN", column))
        for number in range(10):
            traces.turn(answer=str(number), session=str(number), age=timedelta(days=3))
        traces.turn(answer="No number.", session="bad", age=timedelta(days=3))
        grow_old(side.store, 3)
        done = run(side, database_url, "backfill", "r", "--since", "7d", "--yes", "--json")
        assert (
            side.count("score_ledger", "State = 'filtered' AND Reason LIKE 'its condition cannot be computed: %'") == 1
        )
        assert done["foreseen"] == {"waiting": 8, "sampled_out": 0, "filtered": 3}
        assert done["entered"] == 11

    def test_many_of_them_are_a_mistake_of_the_rule(
        self, start: Start, traces: TraceWriter, database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Which is one sentence."""
        monkeypatch.setattr(parts, "MAX_TRIES", 2)
        side = start(HEAD + self.NUMBER.replace("SCOPE", "trace").replace("COLUMN", "Output"))
        for _ in range(5):
            traces.turn()
        result = invoke(side, database_url, "backfill", "r", "--since", "1d", "--yes")
        assert "Rule 'r' cannot be planned" in str(result.exception)


class TestSessions:
    """Conversations of the past."""

    RULE = "completion: {idle_s: 0, session_idle_s: 600, lookback_s: 3600}\nrules:\n"
    TURNS = "- {name: r, scope: session, sample: 0.5, where: TraceCount > 1, sql: TraceCount}\n"

    def test_a_session_that_no_planner_saw_is_scored_with_all_its_turns(
        self, start: Start, traces: TraceWriter
    ) -> None:
        """Also those from before the window; the sample is that of the planner."""
        side = start(self.RULE + self.TURNS)
        ids = [f"s{number}" for number in range(20)]
        for session in ids:
            traces.turn(session=session, age=timedelta(days=9))
            traces.turn(session=session, age=timedelta(days=3))
        traces.turn(session="short", age=timedelta(days=3))
        traces.turn(session="before", age=timedelta(days=9))
        grow_old(side.store, 3)
        side.passed_s = 0
        assert side.turn() == {}
        *_, done = fill(side, window(side.store, days=7))
        assert done.entered == 21
        sampled = {session for session in ids if is_sampled(session, 0.5)}
        assert side.turn() == {"scored": len(sampled)}
        rows = side.store.select("SELECT SessionId, Value, SamplingProbability AS p FROM scores FINAL")
        assert {row["SessionId"] for row in rows} == sampled
        assert {(row["Value"], row["p"]) for row in rows} == {(2, 0.5)}
        status = side.status("r")
        assert (status.filtered, status.sampled_out, status.waiting) == (1, 20 - len(sampled), 0)
        *_, again = fill(side, window(side.store, days=7))
        assert (again.entered, side.turn()) == (0, {})

    def test_other_rules_are_not_concerned(self, start: Start, traces: TraceWriter) -> None:
        """A planner does not take sessions of the past for new; one that just became complete is everybody's."""
        side = start(self.RULE + "- {name: r, scope: session, sql: '1'}\n- {name: other, scope: session, sql: '1'}\n")
        traces.turn(session="old", age=timedelta(days=3))
        grow_old(side.store, 3)
        traces.turn(session="new")
        grow_old(side.store, 0.01)
        side.passed_s = 0
        fill(side)
        for seconds in (0, 100, 100):
            side.wait(seconds)
            side.turn()
        rows = side.store.select("SELECT SessionId FROM score_ledger FINAL WHERE Rule = 'other'")
        assert [row["SessionId"] for row in rows] == ["new"]
        assert side.count("score_ledger", "Rule = 'r' AND State = 'scored'") == 2

    def test_it_goes_on_where_it_was(self, start: Start, traces: TraceWriter, monkeypatch: pytest.MonkeyPatch) -> None:
        """A session of several windows is entered in the first."""
        monkeypatch.setattr(parts, "SHARE", 1)
        side = start(self.RULE + "- {name: r, scope: session, sql: '1'}\n")
        for days, session in ((3, "a"), (2, "a"), (1, "b")):
            traces.turn(session=session, age=timedelta(days=days))
        grow_old(side.store, 4)
        asked = window(side.store)
        assert [progress.entered for progress in fill(side, asked)] == [1, 1, 2, 2]

    def test_a_dry_run_foresees_them(self, start: Start, traces: TraceWriter, database_url: str) -> None:
        """And prices a judge by whole conversations."""
        rubric = "rubric: 'Polite? {{conversation}}', choices: {good: 1, bad: 0}"
        side = start(self.RULE + f"- {{name: r, scope: session, judge: {{model: gpt-4o, {rubric}}}}}\n")
        for session in ("a", "a", "b"):
            traces.turn(answer="word " * 400, session=session, age=timedelta(days=3))
        grow_old(side.store, 3)
        told = run(side, database_url, "backfill", "r", "--since", "7d", "--dry-run", "--json")
        assert told["foreseen"] == {"waiting": 2, "sampled_out": 0, "filtered": 0}
        assert 3 * 500 < told["cost"]["input_tokens"] < 3 * 1000
        assert side.count("score_ledger") == 0


class TestDependents:
    """Rules that ask for what others said."""

    LENGTH = "- {name: length, sql: length(Output)}\n"
    SHORT = "- {name: r, where: score('length') < 5, sql: '2', flag: {above: 1}}\n"

    def past(self, side: ScoringSide, traces: TraceWriter) -> tuple[str, str]:
        """A short answer and a long one, of three days ago."""
        ids = traces.turn(answer="Yes.", age=timedelta(days=3)), traces.turn(age=timedelta(days=3))
        grow_old(side.store, 3)
        side.passed_s = 0
        return ids[0].trace_id, ids[1].trace_id

    def test_it_is_decided_by_the_scores_that_are_known(self, start: Start, traces: TraceWriter) -> None:
        """Right there, and scored."""
        side = start(HEAD + self.LENGTH + self.SHORT)
        short, long = self.past(side, traces)
        fill(side, name="length")
        *_, done = fill(side)
        assert (done.entered, done.states) == (2, {"scored": 1, "flagged": 1})
        assert side.states("r") == {short: ("scored", ""), long: ("filtered", "")}
        *_, again = fill(side)
        assert (again.entered, again.states) == (0, {})

    def test_what_is_not_known_is_waited_for(self, start: Start, traces: TraceWriter, database_url: str) -> None:
        """It is said which rule has to be backfilled too, and then the planner decides."""
        side = start(HEAD + self.LENGTH + self.SHORT)
        short, long = self.past(side, traces)
        result = invoke(side, database_url, "backfill", "r", "--since", "7d", "--yes")
        assert "at most 2 would be scored, which depends on what length says." in result.output
        assert result.output.count("Of 2 of them rule length knows nothing, and until it does they wait: ") == 2
        assert {reason for _, reason in side.states("r").values()} == {"it waits for what length says"}
        fill(side, name="length")
        assert side.turn() == {"scored": 1, "flagged": 1}
        assert side.states("r") == {short: ("scored", ""), long: ("filtered", "")}
        told = run(side, database_url, "backfill", "r", "--since", "7d", "--dry-run", "--json")
        assert (told["unasked"], told["foreseen"]["waiting"]) == ({}, 0)

    def test_a_dry_run_knows_how_many_it_can_be_at_most(
        self, start: Start, traces: TraceWriter, database_url: str
    ) -> None:
        """By the highest rate; it enters nothing."""
        side = start(HEAD + self.LENGTH + self.SHORT.replace("where:", "sample: 0.25, where:"))
        traces.turns(8)
        told = run(side, database_url, "backfill", "r", "--since", "7d", "--dry-run", "--json")
        assert told["foreseen"] == {"waiting": 2, "sampled_out": 6, "filtered": 0}
        assert (told["is_exact"], told["unasked"]) == (False, {"length": 8})
        assert side.count("score_ledger") == 0

    def test_a_combination_follows_its_parts(self, start: Start, traces: TraceWriter) -> None:
        """Whose scores of the past workers put together."""
        combined = "- {name: r, combine: {of: [length, one], by: min}}\n- {name: one, sql: '1'}\n"
        side = start(HEAD + self.LENGTH + combined)
        self.past(side, traces)
        for name in ("length", "one", "r"):
            fill(side, name=name)
        assert side.turn() == {"scored": 2}

    def test_spans_may_ask_for_their_trace(self, start: Start, traces: TraceWriter) -> None:
        """Which needs no other rule."""
        side = start(HEAD + "- {name: r, scope: span, where: trace.ErrorCount > 0, sql: '1'}\n")
        traces.turn(age=timedelta(days=3))
        bad = traces.turn(tool_error=True, age=timedelta(days=3))
        grow_old(side.store, 3)
        side.passed_s = 0
        *_, done = fill(side)
        assert done.states["scored"] > 0
        rows = side.store.select("SELECT DISTINCT TraceId FROM scores")
        assert [row["TraceId"] for row in rows] == [bad.trace_id]
