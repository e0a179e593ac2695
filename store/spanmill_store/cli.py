"""The commands ``spanmill sql`` and ``spanmill migrate``."""

import itertools
import sys
from typing import Final

import click

from spanmill_store import printing
from spanmill_store.client import Store
from spanmill_store.migrations import migrate as apply
from spanmill_store.migrations import pending
from spanmill_store.reading import Answer, answer
from spanmill_store.settings import Settings

TABLE_ROWS: Final = 1000
"""Rows that a table shows; more are for programs, which take JSON or CSV."""

clickhouse_option = click.option(
    "--clickhouse-url", metavar="URL", help="ClickHouse server [SPANMILL_CLICKHOUSE_URL]; default: the embedded one."
)


def connect(url: str | None) -> Store:
    """Connect to the server at *url*, or to the one of the settings."""
    return Store.connect(url or Settings.from_environment().clickhouse)


@click.command()
@click.argument("statement")
@click.option("--json", "output", flag_value="json", help="One JSON array of objects.")
@click.option("--csv", "output", flag_value="csv", help="CSV with a header line.")
@click.option("--table", "output", flag_value="table", default="table", help="A table (the default).")
@clickhouse_option
def sql(statement: str, output: str, clickhouse_url: str | None) -> None:
    """
    Ask ClickHouse in SQL.

    STATEMENT is one query, or - to read it from standard input. It may read, not write. Tables: otel_traces, traces,
    scores, score_ledger, flags, datasets, dataset_rows.
    """
    text = sys.stdin.read() if statement == "-" else statement
    if not text.strip():
        raise click.UsageError("The statement is empty: write a query, for example 'SELECT count() FROM traces'.")
    with connect(clickhouse_url) as store, answer(store, text) as found:
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


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be applied.")
@click.option("--json", "as_json", is_flag=True, help="Print the migrations as JSON.")
@clickhouse_option
def migrate(*, dry_run: bool, as_json: bool, clickhouse_url: str | None) -> None:
    """
    Bring the database schema up to date.

    Creates the database if there is none. Applying again changes nothing.
    """
    with connect(clickhouse_url) as store:
        done = pending(store) if dry_run else apply(store)
        if as_json:
            printing.as_json({"version": one.version, "name": one.name, "checksum": one.checksum} for one in done)
            return
        for one in done:
            click.echo(f"{'would apply' if dry_run else 'applied'} {one}")
        if not done:
            click.echo(f"Database {store.database} is up to date.")
