"""The command ``spanmill store pack``."""

from dataclasses import asdict
from datetime import date

import click

from spanmill_store import cluster, packing, printing
from spanmill_store.commands.connection import clickhouse_option, connect
from spanmill_store.commands.day import Day
from spanmill_store.errors import SpanmillError


@click.command()
@click.option("--before", type=Day(), help="Only days before this one, as 2026-11-25 or 7d; default: yesterday.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one array.")
@clickhouse_option
def pack(*, before: date | None, as_json: bool, clickhouse_url: str | None) -> None:
    """
    Keep messages that agents sent again and again once.

    The upkeep of a running installation does it with each day that is over; this does it now. Days whose content hardly
    repeats are left as they are. The view `spans` shows everything as it was sent.
    """
    with connect(clickhouse_url) as store:
        if on := cluster.of(store):
            raise SpanmillError(f"Messages are not packed on a cluster, and this is {on.name}: they stay as they are.")
        found = packing.pack(store, before=before)
    if as_json:
        printing.as_json(asdict(one) | {"day": str(one.day)} for one in found)
    elif found:
        rows = [
            (one.day, one.spans, round(one.content_bytes / 1e6, 1), f"{one.repeated_share:.0%}", _said(one))
            for one in found
        ]
        printing.as_table(("day", "spans", "content MB", "repeated", ""), rows)
    else:
        click.echo("Every day before that was looked at.")


def _said(one: packing.Packed) -> str:
    return "packed" if one.is_packed else "left as it was"
