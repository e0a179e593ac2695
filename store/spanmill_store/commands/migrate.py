"""The command ``spanmill migrate``."""

from datetime import date

import click

from spanmill_store import printing
from spanmill_store.client import Store, database_of
from spanmill_store.cluster import Cluster
from spanmill_store.commands.connection import clickhouse_option, connect
from spanmill_store.commands.day import Day
from spanmill_store.errors import SpanmillError
from spanmill_store.migrations import migrate as apply
from spanmill_store.migrations import pending
from spanmill_store.remap import BEGINNING, outdated_days, remap
from spanmill_store.script import script
from spanmill_store.settings import Settings


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be applied, or mapped anew.")
@click.option("--remap", "wants_remap", is_flag=True, help="Also map spans anew that an older spanmill has mapped.")
@click.option("--since", type=Day(), default=BEGINNING, help="With --remap: the first day, as 2026-11-25 or 7d.")
@click.option(
    "--cluster",
    metavar="NAME",
    help="Make the tables on this cluster of the server [SPANMILL_CLICKHOUSE_CLUSTER]; default: on one node.",
)
@click.option("--print", "as_script", is_flag=True, help="Print the whole schema as SQL, and ask no server anything.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
@clickhouse_option
def migrate(
    *,
    dry_run: bool,
    wants_remap: bool,
    since: date,
    cluster: str | None,
    as_script: bool,
    as_json: bool,
    clickhouse_url: str | None,
) -> None:
    """
    Bring the database schema up to date.

    Creates the database if there is none, and fills in what models cost. Applying again changes nothing. With --remap
    the canonical columns of old spans are computed anew from their attributes, day by day; it may be interrupted and
    goes on with the same day. Where only an administrator may create tables, let them run what --print prints.
    """
    settings = Settings.from_environment()
    name = settings.clickhouse_cluster if cluster is None else cluster
    if as_script:
        _print(database_of(clickhouse_url or settings.clickhouse), name)
        return
    with connect(clickhouse_url) as store:
        on = Cluster(name, store.database) if name else None
        _apply(store, on, dry_run=dry_run, as_json=as_json and not wants_remap, is_aside=as_json)
        if wants_remap:
            _remap(store, since, dry_run=dry_run, as_json=as_json)


def _print(database: str, name: str) -> None:
    click.echo(script(database, Cluster(name, database) if name else None), nl=False)


def _apply(store: Store, on: Cluster | None, *, dry_run: bool, as_json: bool, is_aside: bool) -> None:
    done = pending(store) if dry_run else apply(store, on)
    if not dry_run:
        _sync_prices(store)
    if as_json:
        printing.as_json({"version": one.version, "name": one.name, "checksum": one.checksum} for one in done)
        return
    for one in done:
        click.echo(f"{'would apply' if dry_run else 'applied'} {one}", err=is_aside)
    if not done:
        click.echo(f"Database {store.database} is up to date.", err=is_aside)


def _remap(store: Store, since: date, *, dry_run: bool, as_json: bool) -> None:
    days = outdated_days(store, since)
    if dry_run:
        click.echo(f"{len(days)} days would be mapped anew.")
        return
    if not days and not as_json:
        click.echo("All spans are mapped as this version of spanmill maps them.")
    done = []
    for number, one in enumerate(remap(store, since), 1):
        click.echo(
            f"{one.day}: {one.spans} spans in {one.duration_s:.1f} s ({number} of {len(days)} days)", err=as_json
        )
        done.append({"day": one.day.isoformat(), "spans": one.spans, "duration_s": round(one.duration_s, 3)})
    if as_json:
        printing.as_json(done)


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
