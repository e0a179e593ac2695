"""What a rules file may say of how a rule is measured."""

from collections.abc import Callable

import pytest

from spanmill_scoring.rules.files import RuleBook

LoadRules = Callable[[str], RuleBook]

JUDGE = "{model: m, rubric: '{{output}}', choices: {fine: 1, poor: 0}}"


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ("cases: [{output: x, expect: pore}]", "case 1 expects 'pore', which is none of fine, poor, good, bad"),
        ("cases: [{output: x}]", "'expect' is missing: add it"),
        ("cases: [{output: x, expect: true}]", "expect is good, bad, a label or a number, not True"),
        ("cases: [{outptu: x, expect: good}]", "unknown key 'outptu': did you mean 'output'?"),
        ("cases: [{output: x, expect: bad, tools: [{nmae: t}]}]", "unknown key 'nmae': did you mean 'name'?"),
        ("check: {min_kapa: 0.5}", "unknown key 'min_kapa': did you mean 'min_kappa'?"),
        ("check: {min_kappa: 2}", "min_kappa is 2"),
        ("check: {segments: [Shop]}", "'Shop'"),
    ],
)
def test_mistakes_are_named(load_rules: LoadRules, keys: str, sentence: str) -> None:
    """With the nearest word that would be right, where there is one."""
    problems = [str(problem) for problem in load_rules(f"rules:\n- name: r\n  judge: {JUDGE}\n  {keys}").problems]
    assert any(sentence in problem for problem in problems), problems


def test_sql_has_no_cases(load_rules: LoadRules) -> None:
    """It reads stored traces, and no text that is shown to it."""
    [problem] = load_rules("rules:\n- {name: r, sql: '1', cases: [{output: x, expect: good}]}").problems
    assert "cases are for scorers that read texts" in str(problem)


def test_how_a_rule_is_measured_does_not_change_what_it_says(load_rules: LoadRules) -> None:
    """More cases and other limits leave the version, and with it all scores, as they are."""
    text = f"rules:\n- name: r\n  judge: {JUDGE}\n"
    more = "  cases: [{output: x, expect: poor}]\n  check: {min_labels: 99, truth: stars}\n"
    assert load_rules(text).rules["r"].version == load_rules(text + more).rules["r"].version
