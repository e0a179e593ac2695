"""The command ``spanmill sql``."""

import itertools
import sys
from typing import Final

import click

from spanmill_store import printing
from spanmill_store.commands.connection import clickhouse_option, connect
from spanmill_store.reading import Answer, answer

TABLE_ROWS: Final = 1000
"""Rows that a table shows; more are for programs, which take JSON or CSV."""


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
