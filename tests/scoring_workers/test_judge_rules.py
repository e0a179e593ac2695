"""Judges in rules files: what may be written, and what makes another version."""

from collections.abc import Callable

import pytest

from spanmill_scoring.rules.files import RuleBook

RULE = """
rules:
- name: a
  judge:
    model: m
    rubric: "{{output}}"
    choices: {good: 1, bad: 0, unclear: 0.5}
    KEY
"""

Load = Callable[[str], RuleBook]


@pytest.mark.parametrize(
    "key",
    ["temperature: 0.3", "temperature: null", "seed: 1", "max_tokens: 99", "datamark: false", "max_chars: 500"],
)
def test_what_the_judge_is_given_makes_a_version(load_rules: Load, key: str) -> None:
    """Model and sampling are pinned: other values are another judge."""
    assert _version(load_rules, key) != _version(load_rules, "")


@pytest.mark.parametrize(
    "key",
    ["temperature: 0", "slots: 3", "concurrency: 3", "retries: 1", "provider: vllm", "unsure: [unclear]"],
)
def test_how_it_is_reached_and_read_does_not(load_rules: Load, key: str) -> None:
    """Nor does a default that is written down."""
    assert _version(load_rules, key) == _version(load_rules, "")


def test_the_order_of_choices_makes_a_version(load_rules: Load) -> None:
    """The judge is shown them in that order, and may prefer the first."""
    turned = RULE.replace("good: 1, bad: 0", "bad: 0, good: 1").replace("KEY", "")
    assert load_rules(turned).rules["a"].version != load_rules(RULE.replace("KEY", "")).rules["a"].version


def test_unsure_names_choices(load_rules: Load) -> None:
    """By which whoever routes verdicts knows which are for people."""
    judge = load_rules(RULE.replace("KEY", "unsure: [unclear]")).rules["a"].rule.judge
    assert judge is not None
    assert [judge.is_unsure(label) for label in ("unclear", "good", "")] == [True, False, False]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("KEY", "scale: {min: 1, max: 5}", "exactly one of choices and scale"),
        ("choices: {good: 1, bad: 0, unclear: 0.5}", "seed: 1", "exactly one of choices and scale"),
        ("choices: {good: 1, bad: 0, unclear: 0.5}", "scale: {min: 5, max: 5}", "a scale goes up: min is 5"),
        ("choices: {good: 1, bad: 0, unclear: 0.5}", "scale: {min: 1, mx: 5}", "'mx': did you mean 'max'?"),
        ("KEY", "unsure: [unclaer]", "unsure names 'unclaer', which is no choice: choose from good, bad, unclear"),
        ("KEY", "temperature: 3", "temperature is 3"),
        ("  judge:", "  sources: [judge]\n  judge:", "a judge does not judge calls of judges"),
    ],
)
def test_a_mistake_is_one_sentence(load_rules: Load, old: str, new: str, words: str) -> None:
    """With what to write instead."""
    problems = load_rules(RULE.replace(old, new).replace("KEY", "")).problems
    assert any(words in str(problem) for problem in problems), problems


def _version(load_rules: Load, key: str) -> str:
    return load_rules(RULE.replace("KEY", key)).rules["a"].version
