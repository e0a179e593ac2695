"""Whether a judge is proven, for every command that shows what it says."""

from collections.abc import Callable, Iterable

import click

from spanmill_scoring.rules.loaded import LoadedRule
from spanmill_store.client import Store
from spanmill_store.errors import StoreError
from spanmill_store.rule_checks import Trust, Version

NOT_KNOWN = "not known"


def judges_among(rules: Iterable[LoadedRule]) -> list[Version]:
    """Return those of *rules* that are judges."""
    return [(loaded.name, loaded.version) for loaded in rules if loaded.rule.judge is not None]


def of_rules(rules: Iterable[LoadedRule], clickhouse_url: str) -> Callable[[str, str], str]:
    """Return what says whether a version of *rules* is proven; without ClickHouse, that it is not known."""
    judges = judges_among(rules)
    if not judges:
        return lambda *_: ""
    try:
        with Store.connect(clickhouse_url) as store:
            return Trust.read(store, judges).of
    except StoreError as error:
        click.echo(f"Which judges are proven is not known: {error}", err=True)
        return lambda rule, version: NOT_KNOWN if (rule, version) in judges else ""
