"""The command ``spanmill migrate``."""

import click

from spanmill_store import printing
from spanmill_store.client import Store, database_of
from spanmill_store.cluster import Cluster
from spanmill_store.commands.connection import clickhouse_option, connect
from spanmill_store.migrations import migrate as apply
from spanmill_store.migrations import pending
from spanmill_store.script import script
from spanmill_store.settings import Settings


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be applied.")
@click.option(
    "--cluster",
    metavar="NAME",
    help="Make the tables on this cluster of the server [SPANMILL_CLICKHOUSE_CLUSTER]; default: on one node.",
)
@click.option("--print", "as_script", is_flag=True, help="Print the whole schema as SQL, and ask no server anything.")
@click.option("--json", "as_json", is_flag=True, help="Print the migrations as JSON.")
@clickhouse_option
def migrate(*, dry_run: bool, cluster: str | None, as_script: bool, as_json: bool, clickhouse_url: str | None) -> None:
    """
    Bring the database schema up to date.

    Creates the database if there is none. Applying again changes nothing. Where only an administrator may create
    tables, let them run what --print prints.
    """
    settings = Settings.from_environment()
    name = settings.clickhouse_cluster if cluster is None else cluster
    if as_script:
        database = database_of(clickhouse_url or settings.clickhouse)
        click.echo(script(database, Cluster(name, database) if name else None), nl=False)
        return
    with connect(clickhouse_url) as store:
        _migrate(store, Cluster(name, store.database) if name else None, dry_run=dry_run, as_json=as_json)


def _migrate(store: Store, on: Cluster | None, *, dry_run: bool, as_json: bool) -> None:
    done = pending(store) if dry_run else apply(store, on)
    if as_json:
        printing.as_json({"version": one.version, "name": one.name, "checksum": one.checksum} for one in done)
        return
    for one in done:
        click.echo(f"{'would apply' if dry_run else 'applied'} {one}")
    if not done:
        click.echo(f"Database {store.database} is up to date.")
