"""``spanmill rules why``: a sentence for each rule, and one on the trace."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from redis import Redis

from spanmill_scoring.commands.rules import rules
from spanmill_scoring.sampling import is_sampled, position
from spanmill_store.client import Store
from support.scoring import ScoringSide
from support.traces import TraceWriter

pytestmark = [pytest.mark.clickhouse, pytest.mark.redis]

RULES = """rules:
- {name: all, sql: {value: SpanCount, reason: "'so many'"}}
- {name: few, sample: 0.3, strata: {failed: {where: ErrorCount > 0, sample: 1}}, sql: '1'}
- {name: tools, where: ToolCount > 0, sql: '1'}
- {name: broken, python: 'scorer:broken'}
"""
Ask = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def side(store: Store, valkey: Redis, write_rules: Callable[[str], Path], tmp_path: Path) -> ScoringSide:
    """The scoring side with `RULES`."""
    (tmp_path / "scorer.py").write_text("def broken(trace):\n    raise ValueError('no idea')\n")
    return ScoringSide(store, valkey, write_rules(RULES))


@pytest.fixture
def ask(side: ScoringSide, database_url: str) -> Ask:
    """Ask why of a trace."""

    def asked(trace: str) -> list[dict[str, Any]]:
        arguments = ["why", trace, "--rules", str(side.path), "--clickhouse-url", database_url, "--json"]
        done = CliRunner().invoke(rules, arguments, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        told: list[dict[str, Any]] = json.loads(done.output)
        return told

    return asked


def whys(told: list[dict[str, Any]]) -> dict[str, tuple[str, str]]:
    """State and sentence by rule."""
    return {row["rule"]: (row["state"], row["why"]) for row in told}


def test_every_rule_says_why(side: ScoringSide, ask: Ask, traces: TraceWriter) -> None:
    """Scored, sampled out, filtered or failed, with the numbers that decided."""
    trace = next(t.trace_id for t in traces.turns(20) if not is_sampled(t.trace_id, 0.3))
    side.turn()
    told = ask(trace.upper())
    assert told[0]["trace"].startswith("It is complete since ")
    assert "its root had ended and nothing came for 5 s" in told[0]["trace"]
    assert whys(told) == {
        "all": ("scored", "all are scored; its score is 1 (so many)"),
        "few": ("sampled_out", f"its position {position(trace):.4f} is not below the rate 0.3"),
        "tools": ("filtered", "the rule's condition did not hold: ToolCount > 0"),
        "broken": ("scorer_error", "it was sampled, and could not be scored: the scorer raised ValueError: no idea"),
    }


def test_what_the_application_left_out_is_told(side: ScoringSide, ask: Ask, traces: TraceWriter) -> None:
    """The rule's own rate decides; that fewer came than there were, is said beside it."""
    ids = [traces.turn(trace_state="ot=th:c").trace_id for _ in range(12)]
    side.turn()
    for trace in ids:
        told, place = whys(ask(trace)), f"its position {position(trace):.4f} is"
        assert told["all"] == (
            "scored",
            "all are scored; its score is 1 (so many); of its like the application sends 0.25",
        )
        state, below = ("scored", "below") if is_sampled(trace, 0.3) else ("sampled_out", "not below")
        assert told["few"][0] == state
        assert told["few"][1].startswith(f"{place} {below} the rate 0.3; ")
        assert told["few"][1].endswith("of its like the application sends 0.25")


def test_a_stratum_is_named(side: ScoringSide, ask: Ask, traces: TraceWriter) -> None:
    """And what waits says so."""
    trace = traces.turn(tool_error=True).trace_id
    side.planner.tick()
    state, why = whys(ask(trace))["few"]
    assert state == "waiting"
    assert why.startswith("all are scored of stratum failed; it waits for a worker since ")


def test_a_trace_that_is_not_complete_says_what_it_waits_for(side: ScoringSide, ask: Ask, traces: TraceWriter) -> None:
    """An open span, or its root."""
    chat = {"gen_ai.operation.name": "chat"}
    traces.spans("a" * 32, [("root", "", {}, "Unset"), ("chat", "agent", chat, "Unset")])
    traces.spans("b" * 32, [("chat", "root", chat, "Unset")])
    side.planner.tick()
    told = ask("a" * 32)
    assert f"300 s are waited for, because spans below agent{'a' * 12} came" in told[0]["trace"]
    assert set(whys(told).values()) == {("undecided", "the trace is not complete")}
    assert "3.6e+03 s are waited for, because its root has not come" in ask("b" * 32)[0]["trace"]


def test_late_spans_are_told(side: ScoringSide, ask: Ask, traces: TraceWriter) -> None:
    """On the trace and on the score."""
    trace = traces.turn().trace_id
    side.turn()
    traces.spans(trace, [("root", "", {}, "Unset"), ("chat", "root", {}, "Unset")])
    side.wait(100)
    side.turn()
    told = ask(trace)
    assert told[0]["trace"].endswith(", and late spans have changed it once.")
    late = "its score is 2 (so many); late spans changed it, and it was scored again"
    assert whys(told)["all"] == ("late_rescored", f"all are scored; {late}")


def test_a_version_that_is_not_in_force_is_marked(side: ScoringSide, ask: Ask, traces: TraceWriter) -> None:
    """And the rule in force says that it has not come to the trace."""
    trace = traces.turn().trace_id
    side.turn()
    side.path.write_text("rules:\n- {name: all, sql: '2'}\n")
    told = [row["why"] for row in ask(trace) if row["rule"] == "all"]
    assert told[0] == "all are scored; its score is 1 (so many) (this version is not in force)"
    assert told[1].startswith("the planner has not come to it")


def test_an_unknown_trace_is_one_sentence(side: ScoringSide, database_url: str) -> None:
    """No table, no traceback."""
    done = CliRunner().invoke(rules, ["why", "nothing", "--rules", str(side.path), "--clickhouse-url", database_url])
    assert "There is no trace or session 'nothing'" in str(done.exception)
