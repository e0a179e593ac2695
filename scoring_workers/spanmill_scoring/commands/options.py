"""Options that several commands share. Each overrides its setting."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from spanmill_scoring.rules.files import RuleBook, load
from spanmill_scoring.rules.loaded import LoadedRule
from spanmill_store.errors import SpanmillError
from spanmill_store.settings import Settings
from spanmill_store.suggestions import nearest

_Command = TypeVar("_Command", bound=Callable[..., Any])


class NoRules(SpanmillError):
    """No rules were named."""


class UnknownRule(SpanmillError):
    """There is no good rule of that name."""


def rules_option(command: _Command) -> _Command:
    """Add ``--rules``."""
    return click.option(
        "--rules", "rules_path", type=click.Path(path_type=Path), help="Rules file or folder [SPANMILL_RULES]."
    )(command)


def clickhouse_option(command: _Command) -> _Command:
    """Add ``--clickhouse-url``."""
    return click.option("--clickhouse-url", help="ClickHouse server [SPANMILL_CLICKHOUSE_URL].")(command)


def redis_option(command: _Command) -> _Command:
    """Add ``--redis-url``."""
    return click.option("--redis-url", help="Redis server [SPANMILL_REDIS_URL].")(command)


def json_option(command: _Command) -> _Command:
    """Add ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, one array.")(command)


def settings(**overrides: str | Path | None) -> Settings:
    """Return the settings of the environment, with those *overrides* that are given."""
    given = {name: value for name, value in overrides.items() if value is not None}
    return Settings.from_environment().model_copy(update=given)


def rules_path_of(chosen: Settings) -> Path:
    """
    Where the rules are.

    Raises:
        NoRules: Nobody has said.
    """
    if chosen.rules is None:
        raise NoRules("No rules were named: give --rules, or set SPANMILL_RULES to a rules file or folder.")
    return chosen.rules


def chosen_rule(chosen: Settings, name: str) -> tuple[RuleBook, LoadedRule]:
    """
    Return all rules, and the one called *name*.

    Raises:
        NoRules, UnknownRule: It is not there.
    """
    book = load(rules_path_of(chosen))
    for problem in book.problems:
        if problem.rule == name:
            raise UnknownRule(str(problem))
    if name not in book.rules:
        match = nearest(name, list(book.rules))
        hint = f"did you mean {match!r}?" if match else f"known are {', '.join(sorted(book.rules)) or 'none'}."
        raise UnknownRule(f"There is no rule {name!r}: {hint}")
    return book, book.rules[name]
