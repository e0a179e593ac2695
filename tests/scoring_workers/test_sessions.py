"""Rules of scope session: how conversations are sampled and scored, that they may go on, and why."""

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from spanmill_scoring import why as explained
from spanmill_scoring.sampling import is_sampled
from spanmill_store import why
from spanmill_store.client import Store
from spanmill_store.completion import Patience
from support.judge_endpoint import answer, judge_endpoint, texts_of
from support.scoring import ScoringSide
from support.traces import TraceWriter

pytestmark = [pytest.mark.clickhouse, pytest.mark.redis]

Start = Callable[[str], ScoringSide]
IDLE = 2000.0
"""More than a session is idle before it is complete."""


@pytest.fixture
def start(store: Store, valkey: Redis, write_rules: Callable[[str], Path]) -> Start:
    """Start the scoring side on the text of a rules file."""
    return lambda text: ScoringSide(store, valkey, write_rules(text))


def completions(store: Store) -> list[tuple[Any, ...]]:
    """Session, revision, reason and number of traces of every session's current completion."""
    sql = "SELECT SessionId, Revision, Reason, length(TraceIds) FROM session_completions FINAL ORDER BY SessionId"
    return [tuple(row.values()) for row in store.select(sql)]


COUNT = "rules:\n- {name: r, scope: session, sql: {value: TraceCount, reason: LastOutput}, flag: {below: 2}}"


class TestScore:
    """From the planner to the score."""

    def test_a_session_gets_one_score(self, start: Start, traces: TraceWriter) -> None:
        """Once it is complete, and its flag; neither belongs to a trace."""
        side = start(COUNT)
        traces.turn(session="s1")
        assert side.turn() == {}
        side.wait(IDLE)
        assert side.turn() == {"scored": 1, "flagged": 1}
        assert side.turn() == {}
        [row] = side.store.select("SELECT TraceId, SessionId, Value, Rationale FROM scores FINAL")
        assert tuple(row.values()) == ("", "s1", 1, "Five days.")
        [row] = side.store.select("SELECT TraceId, SessionId, State FROM score_ledger FINAL")
        assert tuple(row.values()) == ("", "s1", "scored")
        assert side.count("flags", "SessionId = 's1' AND TraceId = ''") == 1

    def test_a_session_that_goes_on_gets_one_new_score(self, start: Start, traces: TraceWriter) -> None:
        """In the place of the old one, and a flag that is not deserved any more is withdrawn."""
        side = start(COUNT)
        traces.turn(session="s1")
        side.wait(IDLE)
        assert side.turn() == {"scored": 1, "flagged": 1}
        traces.turn(session="s1", age=timedelta(seconds=0))
        assert side.turn() == {}
        side.wait(2 * IDLE)
        assert side.turn() == {"late_rescored": 1}
        assert side.turn() == {}
        assert [row["Value"] for row in side.store.select("SELECT Value FROM scores FINAL")] == [2]
        assert completions(side.store) == [("s1", 1, "idle", 2)]
        assert side.status("r").flagged == 0

    def test_spans_that_come_again_change_nothing(self, start: Start, traces: TraceWriter) -> None:
        """The same spans once more are neither another trace nor another turn."""
        side = start(COUNT)
        traces.turn(session="s1")
        side.wait(IDLE)
        assert side.turn()["scored"] == 1
        side.store.execute("INSERT INTO otel_traces SELECT * FROM otel_traces")
        side.wait(2 * IDLE)
        assert side.turn() == {}
        assert completions(side.store) == [("s1", 0, "idle", 1)]

    def test_many_sessions_have_a_score_each(self, start: Start, traces: TraceWriter) -> None:
        """Also where two projects have one of the same id."""
        side = start("rules:\n- {name: r, scope: session, sql: {value: TraceCount}}")
        for number in range(30):
            traces.turn(session=f"s{number}")
        side.store.execute("INSERT INTO otel_traces SELECT * REPLACE ('other' AS Project) FROM otel_traces")
        side.wait(IDLE)
        assert side.turn() == {"scored": 60}
        assert side.count("scores") == side.count("score_ledger") == 60

    def test_sessions_are_sampled_by_their_id(self, start: Start, traces: TraceWriter) -> None:
        """The same ones for every rule of the same rate."""
        side = start(
            "rules:\n- {name: a, scope: session, sample: 0.5, sql: '1'}\n"
            "- {name: b, scope: session, sample: 0.5, builtin: error}"
        )
        ids = [f"s{number}" for number in range(40)]
        for session in ids:
            traces.turn(session=session)
        side.wait(IDLE)
        side.turn()
        for rule in ("a", "b"):
            sql = "SELECT SessionId FROM scores FINAL WHERE Rule = {r:String}"
            scored = {row["SessionId"] for row in side.store.select(sql, {"r": rule})}
            assert scored == {session for session in ids if is_sampled(session, 0.5)}
        [row] = side.store.select("SELECT DISTINCT SamplingProbability AS p FROM scores")
        assert row["p"] == 0.5

    def test_a_condition_sees_the_session(self, start: Start, traces: TraceWriter) -> None:
        """By the columns of the view sessions, and of the traffic that the rule asks for."""
        side = start("rules:\n- {name: r, scope: session, where: TraceCount > 1 AND ErrorCount = 0, sql: '1'}")
        for session in ("s1", "s2", "s2"):
            traces.turn(session=session)
        side.wait(IDLE)
        assert side.turn() == {"scored": 1}
        states = side.store.select("SELECT SessionId, State FROM score_ledger FINAL ORDER BY SessionId")
        assert [tuple(row.values()) for row in states] == [("s1", "filtered"), ("s2", "scored")]

    def test_a_select_returns_sessions(self, start: Start, traces: TraceWriter) -> None:
        """By their id, over any table that rules may read."""
        side = start(
            "rules:\n- name: r\n  scope: session\n  sql:\n    select: SELECT Project, SessionId,"
            " max(length(Input)) AS value FROM traces GROUP BY ALL\n"
        )
        traces.turn("How?", session="s1")
        side.wait(IDLE)
        assert side.turn() == {"scored": 1}
        assert [row["Value"] for row in side.store.select("SELECT Value FROM scores")] == [4]

    def test_rules_of_traces_go_on_beside_it(self, start: Start, traces: TraceWriter) -> None:
        """A trace is scored when it is complete, whatever its session does."""
        side = start("rules:\n- {name: t, sql: '1'}\n- {name: s, scope: session, sql: '1'}")
        traces.turn(session="s1")
        assert side.turn() == {"scored": 1}
        side.wait(IDLE)
        assert side.turn() == {"scored": 1}
        assert (side.count("scores", "Rule = 't'"), side.count("scores", "Rule = 's'")) == (1, 1)

    def test_a_flagged_session_becomes_a_test_case_of_its_messages(self, start: Start, traces: TraceWriter) -> None:
        """All up to the last question, so that it can be asked again; what was answered stands beside it."""
        side = start(
            "rules:\n- {name: r, scope: session, builtin: repeated_question, flag: {below: 1}, dataset: again}"
        )
        for question, told in (("How long does it take?", "Five days."), ("how long does it take", "Six.")):
            traces.turn(question, told, session="s1")
        side.wait(IDLE)
        assert side.turn() == {"scored": 1, "flagged": 1}
        [row] = side.store.select("SELECT Input, Output, TraceId, SessionId FROM dataset_rows")
        assert row["Input"] == (
            '[{"role": "user", "content": "How long does it take?"}, {"role": "assistant", "content": "Five days."}, '
            '{"role": "user", "content": "how long does it take"}]'
        )
        assert (row["Output"], row["TraceId"], row["SessionId"]) == ("Six.", "", "s1")

    def test_python_sees_the_turns(self, start: Start, traces: TraceWriter, tmp_path: Path) -> None:
        """In order, with their spans where the rule asks for them."""
        (tmp_path / "talk.py").write_text(
            "def said(session):\n"
            "    return '|'.join(f'{turn.input}>{turn.output}>{len(turn.spans)}' for turn in session.turns)\n"
        )
        side = start(
            "rules:\n- {name: without, scope: session, python: 'talk:said'}\n"
            "- {name: with, scope: session, python: 'talk:said', spans: true}"
        )
        traces.turn("One?", "1", session="s1", age=timedelta(seconds=50))
        traces.turn("Two?", "2", session="s1", documents=("doc",), age=timedelta(seconds=40))
        side.wait(IDLE)
        assert side.turn() == {"scored": 2}
        labels = side.store.select("SELECT Rule, Label FROM scores ORDER BY Rule")
        assert [tuple(row.values()) for row in labels] == [
            ("with", "One?>1>1|Two?>2>2"),
            ("without", "One?>1>0|Two?>2>0"),
        ]


def test_a_judge_reads_the_conversation(start: Start, traces: TraceWriter) -> None:
    """As text, turn by turn; where it is cut there is a mark."""
    with judge_endpoint() as endpoint:
        endpoint.respond = lambda _: (200, answer(json.dumps({"rationale": "polite", "choice": "good"})))
        side = start(
            "rules:\n- name: r\n  scope: session\n  judge:\n    {model: m, rubric: 'Polite?\n{{conversation}}',"
            f" choices: {{good: 1, bad: 0}}, base_url: '{endpoint.url}', api_key_env: null, max_chars: 200}}"
        )
        traces.turn("One?", "1", session="s1", age=timedelta(seconds=50))
        traces.turn("Two?", "2" * 300, session="s1", age=timedelta(seconds=40))
        side.wait(IDLE)
        assert side.turn() == {"scored": 1}
        [request] = endpoint.requests
    told = texts_of(request)["conversation"]
    assert all(text in told for text in ("[1] user:", "One?", "[2] user:", "characters cut"))


class TestWhy:
    """``spanmill rules why`` of a session."""

    def told(self, side: ScoringSide, session: str) -> Sequence[str]:
        """What is said of a session, then of each rule."""
        states = why.session_states(side.store, session)
        decisions = why.decisions(side.store, session_id=session)
        rules = {name: side.rule(name) for name in ("r",)}
        answers = explained.answers(session, states, decisions, rules)
        return [*(explained.of_session(state, Patience()) for state in states), *(one.why for one in answers)]

    def test_what_it_waits_for_and_what_came_of_it(self, start: Start, traces: TraceWriter) -> None:
        """An open trace, the pause, the decision, the score."""
        side = start(COUNT)
        traces.turn(session="s1")
        assert self.told(side, "s1") == [
            "It is not known to be complete: 1 of its 1 traces are not.",
            "the session is not complete",
        ]
        side.turn()
        assert "1.8e+03 s are waited for, because completion.session_idle_s says so." in self.told(side, "s1")[0]
        side.wait(IDLE)
        side.turn()
        sentence, decision = self.told(side, "s1")
        assert sentence.endswith("nothing came to it for long, and its traces were complete.")
        assert decision == "all are scored; its score is 1 (Five days.)"
