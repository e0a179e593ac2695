"""The command ``spanmill sql``."""

import functools
import itertools
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

import click

from spanmill_store import cookbook, printing
from spanmill_store.commands.connection import clickhouse_option, connect
from spanmill_store.guard.limits import MAX_TIMEOUT_S, Limits
from spanmill_store.guard.tables import READABLE
from spanmill_store.reading import DEFAULT_LIMITS, Answer, answer

TABLE_ROWS: Final = 1000
"""Rows that a table shows; more are for programs, which take JSON or CSV."""

_HELP: Final = f"""
Ask ClickHouse in SQL.

STATEMENT is one query, or - to read it from standard input. It may read these tables, and nothing else:
{", ".join(READABLE)}. Also: DESCRIBE table, SHOW TABLES, EXPLAIN query.

Instead of STATEMENT, --named asks one of the questions of the cookbook, which --list shows.
"""


def _with_limits(command: Callable[..., None]) -> Callable[..., None]:
    """Give *command* options for what a question may take, as the `Limits` that they mean."""

    @click.option(
        "--timeout-s",
        type=click.FloatRange(0, MAX_TIMEOUT_S, min_open=True),
        default=DEFAULT_LIMITS.timeout_s,
        show_default=True,
        help="Stop it after so many seconds.",
    )
    @click.option(
        "--max-rows",
        type=click.IntRange(1),
        default=DEFAULT_LIMITS.max_rows,
        show_default=True,
        help="Refuse a result of more rows.",
    )
    @functools.wraps(command)
    def limited(*, timeout_s: float, max_rows: int, **others: Any) -> None:
        command(Limits(timeout_s=timeout_s, max_rows=max_rows), **others)

    return limited


@click.command(help=_HELP)
@click.argument("statement", required=False)
@click.option("--named", metavar="NAME", help="Ask this question of the cookbook.")
@click.option("--param", "given", multiple=True, metavar="NAME=VALUE", help="A parameter of it; repeatable.")
@click.option("--list", "is_list", is_flag=True, help="Show the questions of the cookbook, with their parameters.")
@click.option("--json", "output", flag_value="json", help="One JSON array of objects.")
@click.option("--csv", "output", flag_value="csv", help="CSV with a header line.")
@click.option("--table", "output", flag_value="table", default="table", help="A table (the default).")
@click.option("--project", "projects", multiple=True, metavar="NAME", help="Only rows of this project; repeatable.")
@clickhouse_option
@_with_limits
def sql(
    limits: Limits,
    statement: str | None,
    named: str | None,
    given: Sequence[str],
    is_list: bool,
    output: str,
    projects: Sequence[str],
    clickhouse_url: str | None,
) -> None:
    """Ask ClickHouse in SQL."""
    if (statement is not None) + (named is not None) + is_list != 1:
        raise click.UsageError("Give one of these: a STATEMENT, --named with a name, or --list.")
    if given and named is None:
        raise click.UsageError("--param belongs to --named: write values into a STATEMENT of your own.")
    if is_list:
        _show(_list(), output)
        return
    if named is not None:
        recipe = cookbook.recipe(named)
        text, values = recipe.statement, recipe.values(_pairs(given))
    else:
        text, values = sys.stdin.read() if statement == "-" else statement or "", {}
    if not text.strip():
        raise click.UsageError("The statement is empty: write a query, for example 'SELECT count() FROM traces'.")
    with connect(clickhouse_url) as store, answer(store, text, projects or None, limits, values=values) as found:
        _show(found, output)


def _pairs(given: Sequence[str]) -> dict[str, str]:
    pairs = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not name or not equals:
            raise click.UsageError(f"--param {pair!r} is not NAME=VALUE.")
        pairs[name] = value
    return pairs


def _list() -> Answer:
    """The questions of the cookbook; a parameter without a value is one that must be given."""
    rows = [
        (recipe.name, " ".join(parameter.shown for parameter in recipe.parameters), recipe.question)
        for recipe in cookbook.recipes()
    ]
    return Answer(("name", "parameters", "question"), iter(rows))


def _show(found: Answer, output: str) -> None:
    if output == "json":
        printing.as_json(dict(zip(found.columns, row, strict=True)) for row in found.rows)
    elif output == "csv":
        printing.as_csv(found.columns, found.rows)
    else:
        printing.as_table(found.columns, itertools.islice(found.rows, TABLE_ROWS))
        if next(found.rows, None) is not None:
            click.echo(f"Only the first {TABLE_ROWS} rows are shown: add a LIMIT, or take --json or --csv.", err=True)
