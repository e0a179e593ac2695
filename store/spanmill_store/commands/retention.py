"""The commands ``spanmill store retention list``, ``set``, ``unset`` and ``apply``."""

from typing import Any

import click

from spanmill_store import printing
from spanmill_store.commands.connection import clickhouse_option, connect
from spanmill_store.retention import enforcement, policies
from spanmill_store.retention.enforcement import Expired
from spanmill_store.retention.policies import EVERY_PROJECT, FOR_EVER, KINDS, Kind

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, one array.")
project_option = click.option(
    "--project", default=EVERY_PROJECT, metavar="NAME", help="Only this project; default: all without one of their own."
)
kind_argument = click.argument("kind", type=click.Choice(KINDS))


class _Days(click.ParamType[int]):
    name = "days"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if value == "forever":
            return FOR_EVER
        if not str(value).isdecimal() or not 1 <= int(value) <= policies.MAX_DAYS:
            self.fail(f"{value!r} is not a number from 1 to {policies.MAX_DAYS}, nor `forever`.", param, ctx)
        return int(value)


@click.group()
def retention() -> None:
    """
    Say for how many days rows are kept; without a setting, for ever.

    Kinds are traces (spans and their content), logs, metrics, scores (with ledger and flags), and usage (the sums by
    minute and by user, which outlive the traces). Test cases in datasets are kept. The upkeep of a running installation
    applies the settings; `apply` does it now.
    """


@retention.command("list")
@json_option
@clickhouse_option
def list_settings(*, as_json: bool, clickhouse_url: str | None) -> None:
    """List the settings."""
    with connect(clickhouse_url) as store:
        found = policies.Policies.read(store).all
    if as_json:
        printing.as_json({"project": one.project or None, "kind": one.kind, "days": one.days or None} for one in found)
    elif found:
        rows = [(one.kind, one.project or "(all others)", one.days or "for ever") for one in found]
        printing.as_table(("kind", "project", "days"), rows)
    else:
        click.echo("Everything is kept for ever.")


@retention.command("set")
@project_option
@kind_argument
@click.argument("days", type=_Days())
@json_option
@clickhouse_option
def set_days(*, project: str, kind: Kind, days: int, as_json: bool, clickhouse_url: str | None) -> None:
    """
    Keep rows of KIND for DAYS, or `forever`.

    What is older goes with the next pass, within a minute where spanmill runs.
    """
    with connect(clickhouse_url) as store:
        policies.set_days(store, project, kind, days)
    _say(as_json, project, kind, days, f"kept for {days} day{'s' * (days != 1)}" if days else "kept for ever")


@retention.command()
@project_option
@kind_argument
@json_option
@clickhouse_option
def unset(*, project: str, kind: Kind, as_json: bool, clickhouse_url: str | None) -> None:
    """Remove the setting for KIND."""
    with connect(clickhouse_url) as store:
        policies.unset(store, project, kind)
    _say(as_json, project, kind, None, "no longer have a setting")


def _say(as_json: bool, project: str, kind: Kind, days: int | None, text: str) -> None:
    if as_json:
        printing.as_json([{"project": project or None, "kind": kind, "days": days or None}])
    else:
        click.echo(f"{kind} of {f'project {project}' if project else 'all projects without a setting'}: {text}")


@retention.command()
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@json_option
@clickhouse_option
def apply(*, dry_run: bool, as_json: bool, clickhouse_url: str | None) -> None:
    """Remove what has expired, now."""
    with connect(clickhouse_url) as store:
        found = enforcement.expired(store) if dry_run else enforcement.enforce(store, told=str if as_json else _going)
    if as_json:
        printing.as_json(_as_json(one) for one in found)
        return
    columns = ("table", "day", "rows", "how", "projects")
    if found:
        printing.as_table(columns, [_as_row(one) for one in found], numeric=frozenset({"rows"}))
    click.echo(f"{sum(one.rows for one in found)} rows {'would go' if dry_run else 'are gone'}.")


def _going(one: Expired) -> None:
    click.echo(f"… {one.table} {one.day or ''}".rstrip(), err=True)


def _as_row(one: Expired) -> tuple[object, ...]:
    how = "dropped" if one.is_dropped else "rewritten"
    return one.table, one.day, one.rows, how, ", ".join(one.projects)


def _as_json(one: Expired) -> dict[str, Any]:
    day = str(one.day) if one.day else None
    return {
        "kind": one.kind,
        "table": one.table,
        "day": day,
        "projects": list(one.projects),
        "rows": one.rows,
        "dropped": one.is_dropped,
    }
