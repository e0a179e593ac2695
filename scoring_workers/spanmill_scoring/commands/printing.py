"""Printing rows: as a table for people, as JSON for programs."""

import json
from collections.abc import Sequence
from datetime import datetime

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

_PIPED_WIDTH = 250
"""Columns where the output is no terminal, whose width rich would guess as 80."""

_Cell = str | int | float | None | datetime


def as_json(rows: Sequence[dict[str, object]]) -> None:
    """Print *rows* as one JSON array."""
    click.echo(json.dumps(rows, ensure_ascii=False, default=_plain))


def as_table(columns: Sequence[str], rows: Sequence[Sequence[_Cell]], numeric: frozenset[str] = frozenset()) -> None:
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
        console.width = _PIPED_WIDTH
    console.print(table)


def _shown(cell: _Cell) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}"
    if isinstance(cell, float):
        return f"{cell:g}"
    return "".join(character if character.isprintable() else " " for character in str(cell))


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
