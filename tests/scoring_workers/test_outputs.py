"""Python scorers with several outputs: each is a score by its own name."""

from collections.abc import Callable
from pathlib import Path

import pytest
from redis import Redis

from spanmill_store.client import Store
from support.scoring import ScoringSide
from support.traces import TraceWriter

pytestmark = [pytest.mark.clickhouse, pytest.mark.redis]

Start = Callable[[str], ScoringSide]
CHAT = {"gen_ai.operation.name": "chat"}
SCORER = """
from spanmill_scoring import Score

def answer(trace):
    said = {"words": len(trace.output.split()), "spans": Score(len(trace.spans), "few", "counted")}
    return said if len(trace.spans) < 3 else {"words": 9}
"""


@pytest.fixture
def start(store: Store, valkey: Redis, write_rules: Callable[[str], Path], tmp_path: Path) -> Start:
    """Start the scoring side on the text of a rules file beside a scorer."""
    (tmp_path / "many.py").write_text(SCORER)
    return lambda text: ScoringSide(store, valkey, write_rules(text))


def said(side: ScoringSide) -> dict[str, float]:
    """Current values by name."""
    return {row["Name"]: row["Value"] for row in side.store.select("SELECT Name, Value FROM scores FINAL")}


def test_each_output_is_a_score(start: Start, traces: TraceWriter) -> None:
    """Under the name of the rule's score and its own, and the flag looks at the one that it names."""
    side = start("rules:\n- {name: r, score: s, python: 'many:answer', flag: {output: spans, below: 2}, dataset: d}")
    target = traces.turn(answer="Five days or so.")
    assert side.turn() == {"scored": 1, "flagged": 1}
    assert said(side) == {"s.words": 4, "s.spans": 1}
    assert side.states("r") == {target.trace_id: ("scored", "")}
    [row] = side.store.select("SELECT ScoreName, Value, Label, Reason FROM flags FINAL")
    assert tuple(row.values()) == ("s.spans", 1, "few", "counted")
    assert side.count("dataset_rows", "ScoreName = 's.spans'") == 1


def test_late_spans_replace_and_withdraw_outputs(start: Start, traces: TraceWriter) -> None:
    """An output that is not given any more is taken back, one that changed is replaced, and so is the flag."""
    side = start("rules:\n- {name: r, python: 'many:answer', flag: {output: spans, below: 2}}")
    target = traces.turn(answer="Five days.")
    side.turn()
    assert said(side) == {"r.words": 2, "r.spans": 1}
    for count, expected in ((2, {"r.words": 2, "r.spans": 2}), (3, {"r.words": 9})):
        chats = [("chat", "root", CHAT, "Unset")] * (count - 1)
        traces.spans(target.trace_id, [("root", "", {}, "Unset"), *chats])
        side.wait(100)
        assert side.turn() == {"late_rescored": 1}
        assert said(side) == expected
        assert side.status("r").flagged == 0


def test_other_rules_may_ask_for_an_output(start: Start, traces: TraceWriter) -> None:
    """By its whole name."""
    side = start("rules:\n- {name: r, python: 'many:answer'}\n- {name: b, where: score('r.words') = 2, sql: '1'}")
    traces.turn(answer="Five days.")
    traces.turn(answer="Five.")
    side.turn()
    assert side.turn() == {"scored": 1}
