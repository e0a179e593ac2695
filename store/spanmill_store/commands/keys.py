"""The commands ``spanmill keys create``, ``list`` and ``revoke``."""

from collections.abc import Sequence

import click

from spanmill_store import keys as stored
from spanmill_store import printing
from spanmill_store.commands.connection import clickhouse_option, connect

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, one array.")


@click.group()
def keys() -> None:
    """Create, list and revoke the keys that applications send with."""


@keys.command()
@click.option(
    "--project", default="default", show_default=True, help="Project that everything sent with it belongs to."
)
@click.option("--name", default="", help="What it is for, for people.")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(stored.SCOPES),
    multiple=True,
    default=("ingest",),
    show_default=True,
    help="What it permits; may be given several times. A feedback key may be public: it sends evaluations only.",
)
@json_option
@clickhouse_option
def create(
    project: str, name: str, scopes: Sequence[stored.Scope], *, as_json: bool, clickhouse_url: str | None
) -> None:
    """
    Create a key and show it, once: what is stored is its SHA-256.

    Collectors know it within a few seconds. Applications send it as `authorization: Bearer KEY`.
    """
    with connect(clickhouse_url) as store:
        key = stored.create(store, project=project, name=name, scopes=scopes)
    if as_json:
        row = {"key": key, "key_id": stored.key_id(key), "project": project, "name": name, "scopes": list(scopes)}
        printing.as_json([row])
        return
    click.echo(key)
    click.echo(f"for project {project}, scope {', '.join(scopes)}; it is not shown again", err=True)


@keys.command("list")
@json_option
@clickhouse_option
def list_keys(*, as_json: bool, clickhouse_url: str | None) -> None:
    """List all keys, the newest first, and when each was last used."""
    with connect(clickhouse_url) as store:
        found = stored.all_keys(store)
    columns = ("key", "project", "name", "scopes", "created", "last used", "revoked")
    rows = [
        (
            one.key_id,
            one.project,
            one.name,
            ", ".join(one.scopes),
            one.created_at,
            one.last_used_at,
            one.revoked_at,
        )
        for one in found
    ]
    if as_json:
        names = ("key_id", "project", "name", "scopes", "created_at", "last_used_at", "revoked_at")
        printing.as_json(
            dict(zip(names, (*row[:3], list(one.scopes), *row[4:]), strict=True))
            for one, row in zip(found, rows, strict=True)
        )
        return
    printing.as_table(columns, rows)


@keys.command()
@click.argument("key_id")
@json_option
@clickhouse_option
def revoke(key_id: str, *, as_json: bool, clickhouse_url: str | None) -> None:
    """Revoke the key with the id KEY_ID; collectors refuse it within a few seconds."""
    with connect(clickhouse_url) as store:
        stored.revoke(store, key_id)
    if as_json:
        printing.as_json([{"key_id": key_id, "revoked": True}])
    else:
        click.echo(f"revoked {key_id}")
