"""``docs/rules.md`` knows every key, every placeholder and every state, and its examples work."""

import re
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from spanmill_scoring.judge import prompt
from spanmill_scoring.outcomes import FailureState, Score
from spanmill_scoring.python_scorer import load as load_scorer
from spanmill_scoring.rules.combination import Combination
from spanmill_scoring.rules.files import load
from spanmill_scoring.rules.judges import Judge, Scale
from spanmill_scoring.rules.model import Budget, Completion, Flag, Rule, SqlScorer, StratumOfRule
from spanmill_scoring.rules.proof import Case, Check, ToolOfCase
from spanmill_scoring.rules.python_scorers import PythonScorer
from spanmill_store import ledger
from spanmill_store.client import Store
from spanmill_store.targets import Target, TargetId
from support.source_tree import ROOT

PAGE = (ROOT / "docs/rules.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize(
    "model",
    [
        *(Budget, Combination, Completion, Flag, Judge, PythonScorer, Rule, Scale, SqlScorer, StratumOfRule),
        *(Case, Check, ToolOfCase),
    ],
    ids=lambda model: model.__name__,
)
def test_every_key_is_explained(model: type[BaseModel]) -> None:
    """Each key of the file stands on the page, in a table, a sentence or the example."""
    missing = [key for key in model.model_fields if not re.search(rf"`{key}`|\b{key}:|`{key}`", PAGE)]
    assert missing == []


def test_every_placeholder_is_explained() -> None:
    """What a rubric may name stands on the page."""
    assert [name for name in prompt.FIELDS if f"{{{{{name}}}}}" not in PAGE] == []


def test_every_state_is_explained() -> None:
    """What the ledger may say stands on the page."""
    states = {"waiting", "scored", "late_rescored", "sampled_out", *ledger.FAILURES, *get_args(FailureState)}
    states -= {"budget"}  # no rule has a budget yet
    assert [state for state in sorted(states) if f"`{state}`" not in PAGE] == []


def test_the_examples_of_rules_load(tmp_path: Path) -> None:
    """Every YAML example is a rules file that spanmill takes."""
    for number, block in enumerate(text for language, text in BLOCKS if language == "yaml"):
        path = tmp_path / f"{number}.yaml"
        path.write_text(block, encoding="utf-8")
        book = load(path)
        assert (list(book.problems), bool(book.rules)) == ([], True)


def test_the_example_of_a_scorer_scores(tmp_path: Path) -> None:
    """The Python example is a module with a scorer."""
    [source] = (text for language, text in BLOCKS if language == "python")
    (tmp_path / "example.py").write_text(source, encoding="utf-8")
    scorer = load_scorer(PythonScorer(scorer="example:short"), tmp_path)
    target = Target(TargetId("default", "t"), "turn", "", "just three words", "", "", {}, ())
    assert scorer(target) == Score(value=3, label="short", reason="3 words")


@pytest.mark.clickhouse
def test_the_examples_of_sql_run(store: Store) -> None:
    """Every SQL example is a query that ClickHouse takes."""
    for block in (text for language, text in BLOCKS if language == "sql"):
        assert store.select(block) == []
