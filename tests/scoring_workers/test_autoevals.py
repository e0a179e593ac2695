"""Scorers of the library autoevals are used as they are: by their names, without a line of Python."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from spanmill_scoring import isolation
from spanmill_scoring.outcomes import NOTHING_TO_SAY, Failure, Outcome, Score
from spanmill_scoring.python_scorer import load
from spanmill_scoring.rules.files import RuleBook
from spanmill_scoring.rules.python_scorers import PythonScorer
from spanmill_scoring.scoring_child import Limits
from spanmill_store import scores
from spanmill_store.client import Store
from spanmill_store.targets import Target, TargetId
from support.judge_endpoint import judge_endpoint
from support.scoring import ScoringSide
from support.traces import TraceWriter


def said_of(tmp_path: Path, output: str, name: str, **more: Any) -> Outcome:
    """What the scorer *name* says of *output*."""
    target = Target(TargetId("default", "t"), "turn", "question", output, "", "", {}, ())
    scorer = load(PythonScorer(scorer=name, **more), tmp_path)
    [outcome] = isolation.score(scorer, [target], Limits(60, 1024))
    return outcome


@pytest.mark.parametrize(
    ("name", "more", "output", "value"),
    [
        ("autoevals:Levenshtein", {"expected": "five days"}, "five days", 1),
        ("autoevals.string:Levenshtein", {"expected": "abcd"}, "abcx", 0.75),
        ("autoevals:ExactMatch", {"expected": "yes"}, "no", 0),
        ("autoevals:JSONDiff", {"expected": {"a": 1, "b": 2}}, '{"a": 1, "b": 2}', 1),
        ("autoevals:ValidJSON", {}, "{", 0),
        ("autoevals:ValidJSON", {"options": {"schema": {"type": "object", "required": ["a"]}}}, '{"a": 1}', 1),
    ],
)
def test_scorers_without_a_model(tmp_path: Path, name: str, more: dict[str, Any], output: str, value: float) -> None:
    """They get the output and what is expected, and their options."""
    assert said_of(tmp_path, output, name, **more) == Score(value)


def test_what_they_miss_is_their_own_sentence(tmp_path: Path) -> None:
    """One that compares, and has nothing to compare with, fails its target."""
    said = said_of(tmp_path, "a", "autoevals:Levenshtein")
    assert isinstance(said, Failure)
    assert "requires an expected value" in said.reason


def test_a_skipped_score_is_nothing_to_say(tmp_path: Path) -> None:
    """A score of None means that the scorer leaves this one out."""
    (tmp_path / "skips.py").write_text(
        "from autoevals import Score\ndef skip(output, expected=None): return Score('skip', None)\n"
    )
    assert said_of(tmp_path, "a", "skips:skip") == NOTHING_TO_SAY


@pytest.mark.parametrize("name", ["autoevals:Levenshtien", "autoevals.string:Levenshtien"])
def test_a_misspelt_one_is_told_when_rules_are_read(load_rules: Callable[[str], RuleBook], name: str) -> None:
    """Without importing it; where the names are in one module, with the nearest."""
    [problem] = load_rules(f"rules:\n- {{name: r, python: '{name}'}}").problems
    assert "no function or class 'Levenshtien'" in str(problem)


@pytest.mark.clickhouse
@pytest.mark.redis
def test_a_scorer_with_a_model_asks_it(
    store: Store,
    valkey: Redis,
    write_rules: Callable[[str], Path],
    traces: TraceWriter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The library reads its variables, the endpoint is asked, and choice and rationale are kept with the score."""
    call = {"name": "select_choice", "arguments": '{"reasons": "the same", "choice": "C"}'}
    message = {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "type": "function", "function": call}]}
    body = {"id": "1", "object": "chat.completion", "created": 0, "model": "m"}
    body["choices"] = [{"index": 0, "finish_reason": "tool_calls", "message": message}]
    rule = "{scorer: 'autoevals:Factuality', options: {model: m}, expected: Five days., timeout_s: 60}"
    with judge_endpoint() as endpoint:
        endpoint.respond = lambda _: (200, body)
        monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
        monkeypatch.setenv("OPENAI_API_KEY", "none")
        side = ScoringSide(store, valkey, write_rules(f"rules: [{{name: r, python: {rule}, flag: {{labels: [D]}}}}]"))
        traces.turn("How long?", "It takes five days.")
        assert side.turn() == {"scored": 1}
        [request] = endpoint.requests
    asked = str(request["messages"])
    assert [text for text in ("How long?", "It takes five days.", "Five days.") if text not in asked] == []
    [score] = scores.newest(store)
    assert (score.value, score.label, score.rationale, score.source) == (1, "C", "the same", "rule")
