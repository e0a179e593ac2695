"""``spanmill routes``: how alerts stand, and what was sent where."""

from dataclasses import asdict

import click

from spanmill_scoring.commands.options import clickhouse_option, json_option, settings
from spanmill_store import alert_states, notifications, printing
from spanmill_store.client import Store


@click.group()
def routes() -> None:
    """See how alerts stand, and what was sent to other systems."""


@routes.command()
@clickhouse_option
@json_option
def status(clickhouse_url: str | None, as_json: bool) -> None:
    """Show what of each rule's messages has arrived, waits, or was given up, and why."""
    with Store.connect(settings(clickhouse_url=clickhouse_url).clickhouse) as store:
        found = notifications.status(store)
    if as_json:
        printing.as_json([asdict(row) for row in found])
        return
    numbers = ["pending", "delivered", "grouped", "failed"]
    printing.as_table(
        ["rule", "route", *numbers, "last delivered", "last problem"],
        [
            [row.rule, row.route, *(getattr(row, name) for name in numbers), row.last_delivered, row.last_problem]
            for row in found
        ],
        frozenset(numbers),
    )


@routes.command()
@click.option("--rule", default="", help="Only of this rule.")
@click.option("--history", is_flag=True, help="Also how they stood before, the newest first.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="At most so many.")
@clickhouse_option
@json_option
def alerts(rule: str, history: bool, limit: int, clickhouse_url: str | None, as_json: bool) -> None:
    """Show how the alerts stand."""
    with Store.connect(settings(clickhouse_url=clickhouse_url).clickhouse) as store:
        found = alert_states.history(store, rule, limit) if history else alert_states.current(store, rule)[:limit]
    if as_json:
        printing.as_json([asdict(row) for row in found])
        return
    numbers = ["value", "from", "to", "scores"]
    printing.as_table(
        ["rule", "project", "state", "since", *numbers, "time"],
        [
            [row.rule, row.project, row.state, row.since, row.value, row.low, row.high, row.scores, row.time]
            for row in found
        ],
        frozenset(numbers),
    )
