"""The command ``spanmill dataset``."""

import difflib
from pathlib import Path
from typing import TextIO

import click

from spanmill_evals.errors import UnknownDataset
from spanmill_evals.export import json_lines
from spanmill_store import printing
from spanmill_store.client import Store
from spanmill_store.commands.connection import clickhouse_option, connect
from spanmill_store.datasets import dataset_rows, datasets


@click.group()
def dataset() -> None:
    """List and export datasets."""


@dataset.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the datasets as JSON.")
@clickhouse_option
def list_datasets(*, as_json: bool, clickhouse_url: str | None) -> None:
    """List all datasets and how many rows they have."""
    with connect(clickhouse_url) as store:
        found = datasets(store)
    if as_json:
        printing.as_json({"name": one.name, "description": one.description, "rows": one.rows} for one in found)
        return
    columns = ("dataset", "rows", "created", "description")
    rows = [(one.name, one.rows, one.created_at, one.description) for one in found]
    printing.as_table(columns, rows, numeric=frozenset({"rows"}))


@dataset.command()
@click.argument("name")
@click.option(
    "--format",
    type=click.Choice(["jsonl"]),
    default="jsonl",
    show_default=True,
    expose_value=False,
    help="File format.",
)
@click.option("--json", is_flag=True, hidden=True, expose_value=False, help="JSON Lines is JSON already.")
@click.option(
    "-o", "--output", type=click.File("w", encoding="utf-8", atomic=True), default="-", help="File; default: stdout."
)
@clickhouse_option
def export(name: str, output: TextIO, clickhouse_url: str | None) -> None:
    """
    Export the dataset NAME, one test case a line, each with its provenance.

    Provenance is the trace and span that the case was taken from, and every rule and score that flagged it.
    """
    with connect(clickhouse_url) as store:
        _require_known(store, name)
        rows = dataset_rows(store, name)
    for line in json_lines(rows):
        click.echo(line, file=output)
    if getattr(output, "name", "-") not in ("-", "<stdout>"):
        click.echo(f"{len(rows)} rows of {name} in {Path(output.name)}", err=True)


def _require_known(store: Store, name: str) -> None:
    names = [one.name for one in datasets(store)]
    if name in names:
        return
    nearest = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {nearest[0]}?" if nearest else f"there are: {', '.join(names) or 'none yet'}."
    raise UnknownDataset(f"No dataset is called {name!r}: {hint}")
