"""One score of several others: ``combine``."""

from collections.abc import Callable
from pathlib import Path

import pytest
from redis import Redis

from spanmill_scoring.rules.files import RuleBook
from spanmill_store.client import Store
from support.scoring import ScoringSide
from support.traces import TraceWriter

Start = Callable[[str], ScoringSide]
CHAT = {"gen_ai.operation.name": "chat"}


@pytest.fixture
def start(store: Store, valkey: Redis, write_rules: Callable[[str], Path]) -> Start:
    """Start the scoring side on the text of a rules file."""
    return lambda text: ScoringSide(store, valkey, write_rules(text))


@pytest.mark.clickhouse
@pytest.mark.redis
class TestCombined:
    """One score of several."""

    RULES = (
        "rules:\n- {name: a, sql: '1'}\n- {name: b, sql: '0.25'}\n- {name: c, sql: '0.75'}\n"
        "- {name: all, combine: {of: [a, b, c], by: HOW}}"
    )

    @pytest.mark.parametrize(
        ("how", "value", "label"),
        [
            ("min", 0.25, ""),
            ("weighted", 2 / 3, ""),
            ("weighted, weights: {b: 2}", 0.5625, ""),
            ("weighted, weights: {a: 2}", 0.75, ""),
            ("all", 0, "failed"),
            ("all, passes: 0.25", 1, "passed"),
            ("majority", 1, "passed"),
            ("majority, passes: 0.9", 0, "failed"),
        ],
    )
    def test_each_way_of_combining(self, start: Start, traces: TraceWriter, how: str, value: float, label: str) -> None:
        """Once all of them are there, and the reason says what they were."""
        side = start(self.RULES.replace("HOW", how))
        traces.turn()
        assert side.turn() == {"scored": 3}
        assert side.turn() == {"scored": 1}
        [row] = side.store.select("SELECT Value, Label, Rationale FROM scores FINAL WHERE Rule = 'all'")
        assert (row["Value"], row["Label"]) == (pytest.approx(value), label)
        assert row["Rationale"].endswith("a 1, b 0.25, c 0.75")

    def test_where_one_is_missing_there_is_nothing_to_say(self, start: Start, traces: TraceWriter) -> None:
        """The ledger says which."""
        side = start(
            "rules:\n- {name: a, sql: '1'}\n- {name: b, where: SpanCount > 9, sql: '1'}\n"
            "- {name: all, combine: {of: [a, b], by: min}}"
        )
        target = traces.turn()
        side.turn()
        side.turn()
        assert side.states("all") == {target.trace_id: ("filtered", "there is no value of b to combine")}

    def test_late_spans_are_combined_anew(self, start: Start, traces: TraceWriter) -> None:
        """After what it is made of was scored again."""
        side = start("rules:\n- {name: a, sql: SpanCount}\n- {name: all, combine: {of: [a], by: min}}")
        target = traces.turn()
        side.turn()
        side.turn()
        traces.spans(target.trace_id, [("root", "", {}, "Unset"), ("chat", "root", CHAT, "Unset")])
        side.wait(100)
        side.turn()
        assert side.turn() == {"late_rescored": 1}
        rows = side.store.select("SELECT Rule, Value FROM scores FINAL ORDER BY Rule")
        assert [(row["Rule"], row["Value"]) for row in rows] == [("a", 2), ("all", 2)]

    @pytest.mark.parametrize(
        ("combine", "sentence"),
        [
            ("{of: [a, a], by: min}", "of names a score twice"),
            ("{of: [a], by: min, weights: {a: 1}}", "weights is for by: weighted"),
            ("{of: [a], by: weighted, weights: {b: 1}}", "weights names 'b', which is not in of"),
            ("{of: [x], by: min}", "no rule gives a score 'x'"),
            ("{of: [a], by: mean}", "by is 'mean': known are weighted, min, all, majority."),
        ],
    )
    def test_what_cannot_be_combined_is_one_sentence(
        self, load_rules: Callable[[str], RuleBook], combine: str, sentence: str
    ) -> None:
        """And the rule is left out."""
        book = load_rules(f"rules:\n- {{name: a, sql: '1'}}\n- {{name: all, combine: {combine}}}")
        [problem] = book.problems
        assert sentence in problem.text
        assert set(book.rules) == {"a"}
