"""``spanmill review``: what waits to be judged by people, and what they say."""

import getpass
from dataclasses import asdict
from datetime import UTC, datetime

import click

from spanmill_scoring.commands.options import clickhouse_option, json_option, settings
from spanmill_store import printing, review_queue
from spanmill_store.client import Store
from spanmill_store.review_queue import Item, Verdict

_ID_CHARS = 12


@click.group()
def review() -> None:
    """Show what waits to be judged by people, and judge it."""


@review.command("list")
@click.option("--rule", default="", help="Only of this rule.")
@click.option("--project", default="", help="Only of this project.")
@click.option(
    "--state",
    type=click.Choice(["open", "done", "withdrawn", "all"]),
    default="open",
    show_default=True,
    help="Only items that stand so.",
)
@click.option("--limit", type=click.IntRange(1, 100_000), default=20, show_default=True, help="At most so many.")
@clickhouse_option
@json_option
def list_items(rule: str, project: str, state: str, limit: int, clickhouse_url: str | None, as_json: bool) -> None:
    """Show the review queue, the oldest items first."""
    chosen = "" if state == "all" else state
    with Store.connect(settings(clickhouse_url=clickhouse_url).clickhouse) as store:
        items = review_queue.listed(store, rule=rule, state=chosen, project=project, limit=limit)
    if as_json:
        printing.as_json([asdict(item) for item in items])
        return
    printing.as_table(
        ["item", "time", "rule", "why", "value", "label", "choices", "state", "who", "trace", "span", "reason"],
        [_cells(item) for item in items],
        frozenset({"value"}),
    )


@review.command()
@click.argument("item")
@clickhouse_option
@json_option
def show(item: str, clickhouse_url: str | None, as_json: bool) -> None:
    """Show one ITEM with its instructions."""
    with Store.connect(settings(clickhouse_url=clickhouse_url).clickhouse) as store:
        found = review_queue.item(store, item)
    if as_json:
        printing.as_json([asdict(found)])
        return
    for name, value in asdict(found).items():
        if value not in ("", None, {}):
            click.echo(f"{name.replace('_', ' ')}: {_plain(value)}")


@review.command()
@click.argument("item")
@click.option("--label", default="", help="The verdict, one of the choices where the item has any.")
@click.option("--value", type=float, help="Its value; default: that of the choice.")
@click.option("--comment", default="", help="Why.")
@click.option("--who", default="", help="Name of whoever judges; default: the user of this machine.")
@clickhouse_option
@json_option
def done(
    item: str, label: str, value: float | None, comment: str, who: str, clickhouse_url: str | None, as_json: bool
) -> None:
    """Judge ITEM: store a person's score and close it. An item that is done stays as it is."""
    verdict = Verdict(who or getpass.getuser(), label, value, comment)
    with Store.connect(settings(clickhouse_url=clickhouse_url).clickhouse) as store:
        found = review_queue.item(store, item)
        is_new = review_queue.close(store, found, verdict, datetime.now(UTC))
    if as_json:
        printing.as_json([{"item_id": found.item_id, "is_new": is_new}])
    elif is_new:
        click.echo(f"Item {found.item_id[:_ID_CHARS]} is done.")
    else:
        click.echo(f"Item {found.item_id[:_ID_CHARS]} was done before, by {found.who}: nothing has changed.")


def _cells(item: Item) -> list[object]:
    choices = ", ".join(item.choices)
    verdict = [item.value, item.label, choices, item.state, item.who]
    return [
        item.item_id[:_ID_CHARS],
        item.time,
        item.rule,
        item.why,
        *verdict,
        item.trace_id,
        item.span_id,
        item.reason,
    ]


def _plain(value: object) -> str:
    """*value* for a terminal: a stored text may hold its control characters."""
    lines = str(value).split("\n")
    shown = ("".join(character if character.isprintable() else " " for character in line) for line in lines)
    return "\n  ".join(shown)
