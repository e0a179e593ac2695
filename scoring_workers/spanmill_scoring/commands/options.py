"""Options that several commands share. Each overrides its setting."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from spanmill_store.settings import Settings

_Command = TypeVar("_Command", bound=Callable[..., Any])


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
