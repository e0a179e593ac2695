"""What may stand under ``python``: functions and classes, called with a target or by name, with options."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from spanmill_scoring.outcomes import NOTHING_TO_SAY, Failure, Score, Scores, outcome_of
from spanmill_scoring.python_calls import Scorer
from spanmill_scoring.python_scorer import load
from spanmill_scoring.python_source import ScorerNotFound
from spanmill_scoring.rules.files import RuleBook
from spanmill_scoring.rules.python_scorers import PythonScorer
from spanmill_store.targets import Span, Target, TargetId

SCORERS = """
import asyncio
from dataclasses import dataclass

made = []

class Long:
    def __init__(self, words, label="long"):
        self.words, self.label = words, label
        made.append(self)

    def __call__(self, target):
        return self.label if len(target.output.split()) > self.words else len(made)

class Plain:
    def __call__(self, target): return 1

class Broken:
    def __init__(self): raise ValueError("no key")

class NotCalled:
    pass

class Evaluated:
    async def eval_async(self, output, expected=None, **more):
        await asyncio.sleep(0)
        return output == expected

def limited(target, limit): return len(target.output) <= limit

async def waits(target):
    await asyncio.sleep(0)
    return 0.5

def same(output, expected): return output == expected

def said(input, output, context): return repr((input, output, context))

def no_expected(output): return 1

@dataclass
class Given:
    score: float | None
    name: str
    metadata: dict

def rated(output, expected=None, unit="%"):
    value = None if output == "?" else 0.25
    return Given(value, "rated", {"choice": "B", "rationale": f"{output} {unit}"})
"""


def target(output: str, **attributes: str) -> Target:
    """A target that answered *output*, with a document and *attributes*."""
    known: dict[str, Any] = dict.fromkeys(Span.__slots__, "")
    span = Span(**known | {"type": "retriever", "output": "a document", "attributes": attributes})
    return Target(TargetId("default", "t"), "turn", "question", output, "", "", {}, (span,))


@pytest.fixture
def named(tmp_path: Path) -> Callable[..., Scorer]:
    """Load a scorer of the module above by its name."""
    (tmp_path / "scorers.py").write_text(SCORERS)
    return lambda name, **more: load(PythonScorer(scorer=f"scorers:{name}", **more), tmp_path)


def test_a_class_is_made_once_with_its_options(named: Callable[..., Scorer]) -> None:
    """And its instance is called for each target."""
    scorer = named("Long", options={"words": 2})
    assert [scorer(target(text)) for text in ("one two three", "one", "two")] == ["long", 1, 1]
    assert named("Plain")(target("")) == 1


def test_a_function_gets_its_options_beside_the_target(named: Callable[..., Scorer]) -> None:
    """By name."""
    scorer = named("limited", options={"limit": 3})
    assert [scorer(target("abc")), scorer(target("abcd"))] == [True, False]


def test_coroutines_are_waited_for(named: Callable[..., Scorer]) -> None:
    """Functions that are one, and objects that can only be evaluated in one."""
    assert named("waits")(target("")) == 0.5
    assert named("Evaluated", expected="a")(target("a")) is True


def test_who_has_a_parameter_output_is_called_by_name(named: Callable[..., Scorer]) -> None:
    """With what it asks for, and with what is expected: the same for all targets, or an attribute of each."""
    assert named("said")(target("answer")) == repr(("question", "answer", ["a document"]))
    assert named("same", expected="a")(target("a")) is True
    scorer = named("same", attribute="wanted")
    assert [scorer(target("a", wanted="a")), scorer(target("a", wanted="b")), scorer(target("a"))] == [
        True,
        False,
        None,
    ]


def test_scores_as_autoevals_gives_them_are_understood(named: Callable[..., Scorer]) -> None:
    """Value, choice and rationale are kept, and no value is nothing to say."""
    scorer = named("rated", options={"unit": "$"})
    assert outcome_of(scorer(target("5"))) == Score(0.25, "B", "5 $")
    assert outcome_of(scorer(target("?"))) == NOTHING_TO_SAY
    assert outcome_of({"cost": scorer(target("5"))}) == Scores({"cost": Score(0.25, "B", "5 $")})


@pytest.mark.parametrize(
    ("name", "more", "words"),
    [
        ("Long", {"options": {"word": 2}}, ["does not take the option 'word'", "did you mean 'words'?"]),
        ("Long", {"options": {"zzz": 2}}, ["does not take the option 'zzz'", "it takes words, label."]),
        ("Long", {}, ["needs the option 'words'", "add it"]),
        ("limited", {}, ["needs the option 'limit'"]),
        ("Plain", {"options": {"a": 1}}, ["does not take the option 'a'", "it takes none."]),
        ("Broken", {}, ["cannot be made: ValueError: no key."]),
        ("NotCalled", {}, ["cannot be called"]),
        ("nothing", {}, ["cannot be called"]),
        ("limited", {"options": {"limit": 1}, "expected": "a"}, ["'expected' says nothing to it", "leave it out"]),
        ("no_expected", {"attribute": "a"}, ["'attribute' says nothing to it"]),
        ("same", {}, ["needs to know what is expected", "add 'expected'"]),
    ],
)
def test_what_cannot_be_used_is_one_sentence(
    named: Callable[..., Scorer], name: str, more: dict[str, Any], words: list[str]
) -> None:
    """It names the scorer, what is wrong, and the remedy."""
    with pytest.raises(ScorerNotFound) as raised:
        named(name, **more)
    assert [word for word in (f"scorers:{name}", *words) if word not in str(raised.value)] == []


@pytest.mark.parametrize(
    ("python", "words"),
    [
        ("{scorer: 'json:JSONEncoder', option: {}}", ["'option'", "'options'"]),
        ("{options: {a: 1}}", ["'scorer' is missing"]),
        ("{scorer: m}", ["write module:function or module:Class"]),
        ("{scorer: 'json:JSONEncoder', timeout_s: 0}", ["timeout_s is 0"]),
        ("{scorer: 'json:JSONEncoder', timeout_s: ten}", ["timeout_s is 'ten'", "number"]),
        ("{scorer: 'json:JSONEncoder', memory_mb: 1}", ["memory_mb is 1"]),
        ("{scorer: 'json:JSONEncoder', options: [a]}", ["options is ['a']", "mapping"]),
        ("{scorer: 'json:JSONEncoder', expected: a, attribute: b}", ["expected", "attribute", "leave one out"]),
        ("{scorer: 'json:JSONEncodr'}", ["no function or class 'JSONEncodr'", "'JSONEncoder'"]),
        ("'json:JSONEncodr'", ["no function or class 'JSONEncodr'", "'JSONEncoder'"]),
        ("5", ["python is 5", "mapping"]),
    ],
)
def test_mistakes_in_rules_are_one_sentence(
    load_rules: Callable[[str], RuleBook], python: str, words: list[str]
) -> None:
    """It names the rule, the line, the value and the remedy."""
    [problem] = load_rules(f"rules:\n- name: a\n  python: {python}").problems
    assert (problem.rule, [word for word in words if word not in str(problem)]) == ("a", [])


def test_versions_follow_what_decides(load_rules: Callable[[str], RuleBook], tmp_path: Path) -> None:
    """Options and what is expected make another scorer; limits, and the longer way to say the same, do not."""
    (tmp_path / "scorers.py").write_text(SCORERS)

    def version(python: str) -> str:
        return load_rules(f"rules: [{{name: a, python: {python}}}]").rules["a"].version

    plain = version("'scorers:Long'")
    assert version("{scorer: 'scorers:Long', timeout_s: 3, memory_mb: 64}") == plain
    others = ["{scorer: 'scorers:Long', options: {words: 3}}", "{scorer: 'scorers:Long', options: {words: 4}}"]
    others += ["{scorer: 'scorers:Long', expected: a}", "{scorer: 'scorers:Long', attribute: a}"]
    assert len({plain, *map(version, others)}) == 5


def test_a_name_is_found_where_a_package_takes_it_from(load_rules: Callable[[str], RuleBook], tmp_path: Path) -> None:
    """Through what it imports from its own modules, whose text is part of the version."""
    package = tmp_path / "checks"
    package.mkdir()
    (package / "__init__.py").write_text("from .words import *\nfrom .more import hidden as shown\n")
    (package / "words.py").write_text("def few(target): return 1\n")
    (package / "more.py").write_text("def hidden(target): return 2\n")
    names = {"a": "few", "b": "shown", "c": "hidden"}
    rules = "\n".join(["rules:", *(f"- {{name: {rule}, python: 'checks:{name}'}}" for rule, name in names.items())])
    book = load_rules(rules)
    assert (sorted(book.rules), [problem.rule for problem in book.problems]) == (["a", "b"], ["c"])
    (package / "words.py").write_text("def few(target): return 3\n")
    assert load_rules(rules).rules["a"].version != book.rules["a"].version
    assert load_rules(rules).rules["b"].version == book.rules["b"].version
    assert load(PythonScorer(scorer="checks:few"), tmp_path)(target("")) == 3


def test_a_score_that_is_none_is_a_failure() -> None:
    """A thing with a score that is no number is nonsense, not a score of 0."""
    assert isinstance(outcome_of(SimpleNamespace(score="high", metadata={})), Failure)
