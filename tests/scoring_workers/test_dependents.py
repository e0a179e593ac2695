"""Rules whose conditions ask for scores of other rules, or for the trace of a span."""

from collections.abc import Callable
from pathlib import Path

import pytest
from redis import Redis

from spanmill_scoring.rules.files import RuleBook
from spanmill_scoring.sampling import is_sampled
from spanmill_store.client import Store
from support.scoring import ScoringSide
from support.traces import TraceWriter

Start = Callable[[str], ScoringSide]
CHAT = {"gen_ai.operation.name": "chat"}
LENGTH = "- {name: length, sql: {value: length(Output), label: \"if(length(Output) > 5, 'long', 'short')\"}}\n"


@pytest.fixture
def start(store: Store, valkey: Redis, write_rules: Callable[[str], Path]) -> Start:
    """Start the scoring side on the text of a rules file."""
    return lambda text: ScoringSide(store, valkey, write_rules(text))


class TestReading:
    """What ``rules check`` says without a server."""

    def problems(self, book: RuleBook) -> list[str]:
        """Rule and sentence of each problem."""
        return [f"{problem.rule}: {problem.text}" for problem in book.problems]

    def test_a_rule_knows_what_it_asks_for(self, load_rules: Callable[[str], RuleBook]) -> None:
        """Wherever the other stands in the file, under the name of its score."""
        book = load_rules(
            "rules:\n- {name: second, where: score('size') < 3, sql: '1'}\n- {name: first, score: size, sql: '1'}"
        )
        assert self.problems(book) == []
        first, second = book.rules["first"], book.rules["second"]
        assert list(book.rules) == ["second", "first"]
        assert second.needs == (("first", first.version),)
        assert not first.is_dependent

    def test_another_version_of_what_is_asked_is_another_version(self, load_rules: Callable[[str], RuleBook]) -> None:
        """For it may decide otherwise."""
        text = "rules:\n- {name: b, where: score('a') < 3, sql: '1'}\n- {name: a, sql: '%s'}"
        assert load_rules(text % 1).rules["b"].version != load_rules(text % 2).rules["b"].version

    @pytest.mark.parametrize(
        ("rules", "sentences"),
        [
            (
                "- {name: a, where: score('lenght') < 3, sql: '1'}\n" + LENGTH,
                ["a: no rule gives a score 'lenght': did you mean 'length'?"],
            ),
            (
                "- {name: a, scope: span, where: score('length') < 3, sql: '1'}\n" + LENGTH,
                ["a: score 'length' is one of a trace, and this rule is about a span: ask for one of the same scope."],
            ),
            (
                "- {name: a, where: score('a') < 3, sql: '1'}",
                ["a: it asks for scores of a, which ask for its own, directly or by others: ask one way only."],
            ),
            (
                "- {name: a, where: score('b') < 3, sql: '1'}\n- {name: b, where: label('a') = 'x', sql: '1'}",
                [
                    "a: it asks for scores of b, which ask for its own, directly or by others: ask one way only.",
                    "b: it asks for scores of a, which ask for its own, directly or by others: ask one way only.",
                ],
            ),
            ("- {name: a, where: score(Input) < 3, sql: '1'}", ["a: score() in SQL of a rule takes the name of one"]),
            (
                "- {name: a, where: \"score('x', 'y') < 3\", sql: '1'}",
                ["a: score() in SQL of a rule takes the name of one"],
            ),
            ("- {name: a, where: trace.ErrorCount > 0, sql: '1'}", ["a: Unknown column 'trace.ErrorCount'"]),
            ("- {name: a, scope: span, where: trace.ErorCount > 0, sql: '1'}", ["a: Unknown column 'ErorCount'"]),
            ("- {name: a, where: \"spanmill_values['x'] > 0\", sql: '1'}", ["a: Unknown column 'spanmill_values'"]),
            ("- {name: a, sql: \"score('length')\"}\n" + LENGTH, ["a: "]),
        ],
        ids=["unknown", "scope", "itself", "circle", "no name", "two names", "no span", "column", "map", "scorer"],
    )
    def test_what_cannot_be_asked_is_one_sentence(
        self, load_rules: Callable[[str], RuleBook], rules: str, sentences: list[str]
    ) -> None:
        """And the rule is left out; rules that are asked stay."""
        book = load_rules(f"rules:\n{rules}")
        found = self.problems(book)
        assert len(found) == len(sentences)
        assert all(text.startswith(sentence) for text, sentence in zip(found, sentences, strict=True))
        assert set(book.rules) == ({"length"} if "length" in rules else set())


@pytest.mark.clickhouse
@pytest.mark.redis
class TestScores:
    """``score('name')`` and ``label('name')``."""

    def test_a_target_is_decided_about_once_the_score_is_there(self, start: Start, traces: TraceWriter) -> None:
        """Until then it waits, and no worker is asked."""
        side = start(f"rules:\n{LENGTH}- {{name: b, where: score('length') < 5, sql: '2'}}")
        short, long = traces.turn(answer="Yes."), traces.turn(answer="Yes, of course.")
        side.planner.tick()
        assert set(side.states("b").values()) == {("waiting", "it waits for what length says")}
        assert side.work() == {"scored": 2}
        assert side.turn() == {"scored": 1}
        assert side.states("b") == {short.trace_id: ("scored", ""), long.trace_id: ("filtered", "")}
        assert side.turn() == {}

    def test_a_label_is_asked_for_by_its_name(self, start: Start, traces: TraceWriter) -> None:
        """And a chain of rules is followed to its end."""
        side = start(
            f"rules:\n- {{name: c, where: \"score('b') = 2\", sql: '3'}}\n"
            f"- {{name: b, where: \"label('length') = 'short'\", sql: '2'}}\n{LENGTH}"
        )
        traces.turn(answer="Yes.")
        traces.turn(answer="Yes, of course.")
        assert [side.turn()["scored"] for _ in range(3)] == [2, 1, 1]
        assert side.count("scores", "Rule = 'c' AND Value = 3") == 1
        assert {state for state, _ in side.states("c").values()} == {"scored", "filtered"}

    def test_a_final_state_without_a_score_is_an_answer_too(self, start: Start, traces: TraceWriter) -> None:
        """Nobody waits for a score that never comes: it is NULL."""
        side = start(
            "rules:\n- {name: none, where: SpanCount > 9, sql: '1'}\n"
            "- {name: low, where: score('none') < 5, sql: '1'}\n"
            "- {name: missing, where: score('none') IS NULL, sql: '1'}"
        )
        target = traces.turn()
        assert side.turn() == {"scored": 1}
        assert side.states("low") == {target.trace_id: ("filtered", "")}
        assert side.states("missing") == {target.trace_id: ("scored", "")}

    def test_a_stratum_may_ask_for_a_score(self, start: Start, traces: TraceWriter) -> None:
        """All that a cheap rule finds bad, and a part of the rest."""
        side = start(
            f"rules:\n{LENGTH}- {{name: b, sample: 0.2, strata: {{short: {{where: score('length') < 5, sample: 1}}}},"
            " sql: '2'}"
        )
        short = {traces.turn(answer="Yes.").trace_id for _ in range(10)}
        long = {traces.turn(answer="Yes, of course.").trace_id for _ in range(30)}
        side.turn()
        side.turn()
        rows = side.store.select("SELECT TraceId, SamplingProbability AS p FROM scores FINAL WHERE Rule = 'b'")
        expected = dict.fromkeys(short, 1.0) | {trace: 0.2 for trace in long if is_sampled(trace, 0.2)}
        assert {row["TraceId"]: row["p"] for row in rows} == expected
        [row] = side.store.select("SELECT countIf(Stratum = 'short') AS n FROM score_ledger FINAL WHERE Rule = 'b'")
        assert row["n"] == 10

    def test_late_spans_are_decided_about_by_the_new_score(self, start: Start, traces: TraceWriter) -> None:
        """Who came in stays in, and who was out may come in."""
        side = start(
            "rules:\n- {name: size, sql: SpanCount}\n- {name: one, where: score('size') = 1, sql: SpanCount}\n"
            "- {name: two, where: score('size') = 2, sql: SpanCount}"
        )
        target = traces.turn()
        side.turn()
        side.turn()
        assert (side.states("one"), side.states("two")) == (
            {target.trace_id: ("scored", "")},
            {target.trace_id: ("filtered", "")},
        )
        traces.spans(target.trace_id, [("root", "", {}, "Unset"), ("chat", "root", CHAT, "Unset")])
        side.wait(100)
        side.turn()
        side.turn()
        states = {name: side.states(name)[target.trace_id][0] for name in ("size", "one", "two")}
        assert states == {"size": "late_rescored", "one": "late_rescored", "two": "late_rescored"}
        rows = side.store.select("SELECT Rule, Value FROM scores FINAL ORDER BY Rule")
        assert {row["Rule"]: row["Value"] for row in rows} == {"size": 2, "one": 2, "two": 2}

    def test_looking_again_changes_nothing(self, start: Start, traces: TraceWriter) -> None:
        """Another planner finds every target decided."""
        side = start(f"rules:\n{LENGTH}- {{name: b, where: score('length') < 5, sql: '2'}}")
        for answer in ("Yes.", "Yes, of course."):
            traces.turn(answer=answer)
        side.turn()
        side.turn()
        before = side.states("b")
        side.new_planner().tick()
        side.wait(200)
        side.new_planner().tick()
        assert side.work() == {}
        assert side.states("b") == before

    def test_a_rule_that_is_taken_away_is_not_waited_for(self, start: Start, traces: TraceWriter) -> None:
        """As one that ClickHouse cannot compile."""
        side = start(
            "rules:\n- {name: size, sql: arraySum(Output)}\n- {name: b, where: score('size') IS NULL, sql: '2'}"
        )
        traces.turn()
        assert side.turn() == {"scored": 1}

    def test_spans_and_sessions_have_scores_of_their_own(self, start: Start, traces: TraceWriter) -> None:
        """A span is asked about by its id, a session by its own."""
        side = start(
            "rules:\n- {name: tool, scope: span, sql: \"SpanType = 'tool'\"}\n"
            "- {name: t, scope: span, where: score('tool') = 1, sql: '1'}\n"
            "- {name: turns, scope: session, sql: TraceCount}\n"
            "- {name: s, scope: session, where: score('turns') = 1, sql: '1'}"
        )
        traces.turn(tool_error=True, session="s1")
        side.wait(2000)
        side.turn()
        side.turn()
        rows = side.store.select(
            "SELECT SpanId, SessionId, TraceId FROM scores FINAL WHERE Rule IN ('t', 's') ORDER BY Rule"
        )
        assert [bool(row["TraceId"]) for row in rows] == [False, True]
        assert rows[1]["SpanId"].startswith("span1")
        assert side.status("t").filtered == 1


@pytest.mark.clickhouse
@pytest.mark.redis
class TestTraceOfSpans:
    """``trace.ErrorCount`` and the like."""

    def test_a_span_is_chosen_by_its_trace(self, start: Start, traces: TraceWriter) -> None:
        """All spans of traces in which anything failed."""
        side = start("rules:\n- {name: r, scope: span, where: trace.ErrorCount > 0 AND SpanType = 'agent', sql: '1'}")
        bad = traces.turn(tool_error=True)
        traces.turn()
        assert side.turn() == {"scored": 1}
        assert [row["TraceId"] for row in side.store.select("SELECT TraceId FROM scores")] == [bad.trace_id]
        assert (side.status("r").filtered, side.status("r").scored) == (2, 1)

    def test_a_condition_that_fails_on_one_target_leaves_the_others(self, start: Start, traces: TraceWriter) -> None:
        """It is that target's failure, with the server's reason."""
        side = start("rules:\n- {name: r, scope: span, where: 'intDiv(10, trace.SpanCount - 2) > 0', sql: '1'}")
        traces.turn()
        bad = traces.turn(tool_error=True)
        side.turn()
        assert side.states("r")[bad.trace_id][0] == "scorer_error"
        assert "cannot be computed" in side.states("r")[bad.trace_id][1]
        assert side.status("r").failed == 2
