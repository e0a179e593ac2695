"""Printing rows: as a table for people, as JSON or CSV for programs."""

import csv
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

PIPED_WIDTH: Final = 250
"""Columns where the output is no terminal, whose width rich would guess as 80."""


def as_json(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print *rows* as one JSON array, a row on each line."""
    click.echo("[", nl=False)
    for number, row in enumerate(rows):
        click.echo(",\n " if number else "", nl=False)
        click.echo(json.dumps(row, ensure_ascii=False, default=_plain), nl=False)
    click.echo("]")


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print *rows* as CSV with a header line."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([json.dumps(cell, default=_plain) if isinstance(cell, list | dict) else cell for cell in row])


def as_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], numeric: frozenset[str] = frozenset()) -> None:
    """Print *rows* under *columns*; those in *numeric* are aligned right."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        # Ids are there to be copied, so only the last column, which is prose, is ever broken.
        is_prose = column == columns[-1]
        table.add_column(column, justify="right" if column in numeric else "left", no_wrap=not is_prose)
    for row in rows:
        # Text, not markup: what users' applications said may look like rich's tags.
        table.add_row(*(Text(_shown(cell)) for cell in row))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = PIPED_WIDTH
    console.print(table)


def _shown(cell: object) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}"
    if isinstance(cell, float):
        return f"{cell:g}"
    return "".join(character if character.isprintable() else " " for character in str(cell))


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
