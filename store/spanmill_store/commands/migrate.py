"""The command ``spanmill migrate``."""

import click

from spanmill_store import printing
from spanmill_store.client import Store
from spanmill_store.commands.connection import clickhouse_option, connect
from spanmill_store.errors import SpanmillError
from spanmill_store.migrations import migrate as apply
from spanmill_store.migrations import pending
from spanmill_store.settings import Settings


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be applied.")
@click.option("--json", "as_json", is_flag=True, help="Print the migrations as JSON.")
@clickhouse_option
def migrate(*, dry_run: bool, as_json: bool, clickhouse_url: str | None) -> None:
    """
    Bring the database schema up to date.

    Creates the database if there is none, and fills in what models cost. Applying again changes nothing.
    """
    with connect(clickhouse_url) as store:
        done = pending(store) if dry_run else apply(store)
        if not dry_run:
            _sync_prices(store)
        if as_json:
            printing.as_json({"version": one.version, "name": one.name, "checksum": one.checksum} for one in done)
            return
        for one in done:
            click.echo(f"{'would apply' if dry_run else 'applied'} {one}")
        if not done:
            click.echo(f"Database {store.database} is up to date.")


def _sync_prices(store: Store) -> None:
    """Fill in prices. That they are wrong or cannot be written keeps nobody from receiving spans: it is only told."""
    from spanmill_store.prices.sync import sync  # noqa: PLC0415 - the price list is large

    try:
        done = sync(store, Settings.from_environment().prices)
    except SpanmillError as error:
        click.echo(f"Prices stay as they are: {error}", err=True)
        return
    if done.rows or done.spans:
        click.echo(f"{done.rows} prices written, {done.spans} spans given a cost", err=True)
