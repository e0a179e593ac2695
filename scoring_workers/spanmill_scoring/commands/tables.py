"""``spanmill scores`` and ``spanmill flags``: the newest rows."""

from collections.abc import Callable
from dataclasses import asdict
from typing import TypeVar

import click

from spanmill_scoring.commands.options import clickhouse_option, json_option, settings
from spanmill_store import flags as stored_flags
from spanmill_store import printing
from spanmill_store import scores as stored_scores
from spanmill_store.client import Store

_REASON_CHARS = 80

_Command = TypeVar("_Command", bound=Callable[..., None])


def _chosen(command: _Command) -> _Command:
    """Give *command* the options that choose rows."""
    for option in (
        json_option,
        clickhouse_option,
        click.option(
            "--limit", type=click.IntRange(1, 100_000), default=20, show_default=True, help="At most so many."
        ),
        click.option("--trace", "trace_id", help="Only of this trace."),
        click.option("--rule", help="Only of this rule."),
    ):
        command = option(command)
    return command


@click.command()
@_chosen
def scores(rule: str | None, trace_id: str | None, limit: int, clickhouse_url: str | None, as_json: bool) -> None:
    """Show the newest scores."""
    with Store.connect(settings(clickhouse_url=clickhouse_url).clickhouse) as store:
        rows = stored_scores.newest(store, rule=rule, trace_id=trace_id, limit=limit)
    if as_json:
        printing.as_json([asdict(row) for row in rows])
        return
    printing.as_table(
        ["time", "name", "value", "label", "trace", "span", "reason"],
        [[row.time, row.name, row.value, row.label, row.trace_id, row.span_id, _short(row.rationale)] for row in rows],
        frozenset({"value"}),
    )


@click.command()
@_chosen
def flags(rule: str | None, trace_id: str | None, limit: int, clickhouse_url: str | None, as_json: bool) -> None:
    """Show what was flagged, the newest first."""
    with Store.connect(settings(clickhouse_url=clickhouse_url).clickhouse) as store:
        rows = stored_flags.newest(store, rule=rule, trace_id=trace_id, limit=limit)
    if as_json:
        printing.as_json([asdict(row) for row in rows])
        return
    printing.as_table(
        ["time", "rule", "value", "label", "trace", "span", "dataset", "reason"],
        [
            [row.time, row.rule, row.value, row.label, row.trace_id, row.span_id, row.dataset, _short(row.reason)]
            for row in rows
        ],
        frozenset({"value"}),
    )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _REASON_CHARS else line[: _REASON_CHARS - 1] + "…"
