"""The command ``spanmill sql``."""

import itertools
import sys
from typing import Final

import click

from spanmill_store import printing
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
"""


@click.command(help=_HELP)
@click.argument("statement")
@click.option("--json", "output", flag_value="json", help="One JSON array of objects.")
@click.option("--csv", "output", flag_value="csv", help="CSV with a header line.")
@click.option("--table", "output", flag_value="table", default="table", help="A table (the default).")
@click.option("--project", "projects", multiple=True, metavar="NAME", help="Only rows of this project; repeatable.")
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
@clickhouse_option
def sql(
    statement: str, output: str, projects: tuple[str, ...], timeout_s: float, max_rows: int, clickhouse_url: str | None
) -> None:
    """Ask ClickHouse in SQL."""
    text = sys.stdin.read() if statement == "-" else statement
    if not text.strip():
        raise click.UsageError("The statement is empty: write a query, for example 'SELECT count() FROM traces'.")
    limits = Limits(timeout_s=timeout_s, max_rows=max_rows)
    with connect(clickhouse_url) as store, answer(store, text, projects or None, limits) as found:
        _show(found, output)


def _show(found: Answer, output: str) -> None:
    if output == "json":
        printing.as_json(dict(zip(found.columns, row, strict=True)) for row in found.rows)
    elif output == "csv":
        printing.as_csv(found.columns, found.rows)
    else:
        printing.as_table(found.columns, itertools.islice(found.rows, TABLE_ROWS))
        if next(found.rows, None) is not None:
            click.echo(f"Only the first {TABLE_ROWS} rows are shown: add a LIMIT, or take --json or --csv.", err=True)
