"""
Which rules ask for scores of which others: found once all are read, for a rule may ask for one that stands below it.

A rule that asks for a score that nobody gives to its targets, or for its own by a detour, is left out with a problem.
What a rule asks for is part of its version: another opinion of a rule that is asked is another question.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from spanmill_scoring.rules.problems import Problem
from spanmill_scoring.rules.versions import VERSION_CHARS
from spanmill_store.suggestions import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from spanmill_scoring.rules.loaded import LoadedRule


def resolved(rules: Mapping[str, LoadedRule]) -> tuple[dict[str, LoadedRule], list[Problem]]:
    """Return those of *rules* that can run, each with the rules that it needs, and what is wrong with the others."""
    left, problems = dict(rules), []
    while found := [problem for problem in (_unknown(loaded, left) for loaded in left.values()) if problem is not None]:
        problems += found
        for problem in found:
            del left[str(problem.rule)]
    ready: dict[str, LoadedRule] = {}
    while left:
        able = [loaded for loaded in left.values() if not _needed(loaded, left.values())]
        if not able:
            return _in_order(rules, ready), [*problems, *(_circular(loaded, left) for loaded in left.values())]
        for loaded in able:
            ready[loaded.name] = _with_needs(loaded, ready.values())
            del left[loaded.name]
    return _in_order(rules, ready), problems


def _in_order(rules: Iterable[str], ready: Mapping[str, LoadedRule]) -> dict[str, LoadedRule]:
    return {name: ready[name] for name in rules if name in ready}


def _unknown(loaded: LoadedRule, rules: Mapping[str, LoadedRule]) -> Problem | None:
    for name in sorted(loaded.asks_for):
        givers = _givers(name, rules.values())
        if any(giver.rule.scope == loaded.rule.scope for giver in givers):
            continue
        if givers:
            text = (
                f"score {name!r} is one of a {givers[0].rule.scope}, and this rule is about a {loaded.rule.scope}: ask"
            )
            return _problem(loaded, f"{text} for one of the same scope.")
        known = sorted(rule.rule.score_name for rule in rules.values() if rule.rule.scope == loaded.rule.scope)
        suggestion = nearest(name, known)
        hint = f"did you mean {suggestion!r}?" if suggestion else f"known are {', '.join(known)}."
        return _problem(loaded, f"no rule gives a score {name!r}: {hint}")
    return None


def _circular(loaded: LoadedRule, left: Mapping[str, LoadedRule]) -> Problem:
    asked = ", ".join(sorted(rule.name for rule in _needed(loaded, left.values())))
    return _problem(
        loaded, f"it asks for scores of {asked}, which ask for its own, directly or by others: ask one way only."
    )


def _problem(loaded: LoadedRule, text: str) -> Problem:
    return Problem(loaded.file, loaded.line, text, loaded.name)


def _givers(name: str, rules: Iterable[LoadedRule]) -> list[LoadedRule]:
    """Rules that give a score called *name*; an output of a Python scorer is called ``RULE.output``."""
    known = list(rules)
    exact = [loaded for loaded in known if loaded.rule.score_name == name]
    return exact or [loaded for loaded in known if loaded.rule.python and name.startswith(f"{loaded.rule.score_name}.")]


def _needed(loaded: LoadedRule, rules: Iterable[LoadedRule]) -> list[LoadedRule]:
    known = list(rules)
    found = {giver.name: giver for name in loaded.asks_for for giver in _givers(name, known)}
    return [giver for giver in found.values() if giver.rule.scope == loaded.rule.scope]


def _with_needs(loaded: LoadedRule, ready: Iterable[LoadedRule]) -> LoadedRule:
    needs = tuple(sorted((giver.name, giver.version) for giver in _needed(loaded, ready)))
    if not needs:
        return loaded
    version = hashlib.sha256(f"{loaded.version}\n{needs}".encode()).hexdigest()[:VERSION_CHARS]
    return replace(loaded, version=version, needs=needs)
