"""The command ``spanmill store forget``."""

from pathlib import Path
from typing import Any

import click

from spanmill_store import printing
from spanmill_store.commands.connection import clickhouse_option, connect
from spanmill_store.forgetting import files, requests
from spanmill_store.forgetting.requests import Plan, Proof
from spanmill_store.forgetting.subjects import What
from spanmill_store.settings import Settings

NOT_COVERED = (
    "Not covered: backups, exported datasets, logs of applications and of other systems. ClickHouse takes the files of "
    "rewritten parts off the disk within a quarter of an hour."
)


@click.command()
@click.option("--user", metavar="ID", help="Everything of this user.")
@click.option("--session", metavar="ID", help="Everything of this session.")
@click.option("--trace", metavar="ID", help="Everything of this trace.")
@click.option("--project", default="", metavar="NAME", help="Only in this project; default: in all.")
@click.option("--keep-datasets", is_flag=True, help="Keep test cases that were made from it.")
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder of a collector, whose files that hold the id are named: dead letters, requests on their way. "
    "[SPANMILL_DATA_DIR]",
)
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one array.")
@clickhouse_option
def forget(*, as_json: bool, dry_run: bool, yes: bool, clickhouse_url: str | None, **named: Any) -> None:
    """
    Delete everything of a user, a session or a trace, and prove that it is gone.

    A trace goes when any of its spans names the user, and with it its logs, scores, flags and test cases. So do the
    user's sessions, unless another user is named in them too. What arrives later goes when it arrives. The exit code is
    1 where something is left.
    """
    what, identity = _whom(named)
    data_dir = named["data_dir"] or Settings.from_environment().data_dir
    if not as_json:
        _say("looking for it")
    with connect(clickhouse_url) as store:
        found = requests.plan(store, what, identity, project=named["project"], keep_datasets=named["keep_datasets"])
        try:
            if not as_json:
                _show_plan(found)
            if dry_run or not (yes or _agreed(as_json=as_json)):
                requests.cancel(store, found)
                if as_json:
                    printing.as_json({"table": table, "rows": rows} for table, rows in found.rows.items())
                return
        except click.Abort:
            requests.cancel(store, found)
            raise
        proofs = requests.carry_out(store, found, str if as_json else _say)
    _show_proofs(proofs, as_json=as_json)
    for path in files.naming(data_dir, found.identity):
        click.echo(f"{path} holds the id: {_remedy(path)}", err=True)
    if any(one.found for one in proofs):
        raise click.exceptions.Exit(1)


def _say(where: str) -> None:
    click.echo(f"… {where}", err=True)


def _whom(named: dict[str, Any]) -> tuple[What, str]:
    kinds: tuple[What, ...] = ("user", "session", "trace")
    given = [(kind, named[kind]) for kind in kinds if named[kind] is not None]
    if len(given) != 1:
        raise click.UsageError(
            "Give one of --user, --session and --trace: what several of them mean together is not clear."
        )
    return given[0]


def _agreed(*, as_json: bool) -> bool:
    if as_json:
        raise click.UsageError("With --json nobody is asked: add --yes, or --dry-run.")
    return click.confirm("Delete all of it for good?", err=True)


def _show_plan(found: Plan) -> None:
    projects = ", ".join(sorted({*found.traces, *found.sessions})) or "no project"
    traces, sessions = sum(found.traces.values()), sum(found.sessions.values())
    click.echo(f"{_counted(traces, 'trace')} and {_counted(sessions, 'whole session')} in {projects}:", err=True)
    for table, rows in found.rows.items():
        if rows:
            click.echo(f"  {_counted(rows, 'row')} of {table}", err=True)


def _show_proofs(proofs: list[Proof], *, as_json: bool) -> None:
    if as_json:
        printing.as_json(
            {"table": one.table, "removed": one.removed, "found": one.found, "traces": list(one.traces)}
            for one in proofs
        )
        return
    columns = ("table", "removed", "found afterwards")
    rows = [(one.table, one.removed, one.found) for one in proofs if one.removed or one.found]
    printing.as_table(columns, rows, numeric=frozenset(columns[1:]))
    left = [one for one in proofs if one.found]
    for one in left:
        where = f", in the traces {', '.join(one.traces)}" if one.traces else ""
        rows_of = f"{_counted(one.found, 'row')}{where}"
        click.echo(f"{one.table} still names it in {rows_of}: look at them with `spanmill sql`.", err=True)
    if left:
        click.echo("What has come in meanwhile is removed by the planner: ask again in a few minutes.", err=True)
    else:
        click.echo("Every table was searched for the id and for its traces: nothing is left.")
    click.echo(NOT_COVERED, err=True)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _remedy(path: Path) -> str:
    if "dead-letter" in path.parts and path.suffix == ".request":
        return f"it is a request that ClickHouse refused; delete it with its note {path.with_suffix('.json').name}."
    if "damaged" in path.parts:
        return "it could not be read; delete it."
    if path.suffix in {".open", ".sealed"}:
        return "it is on its way to ClickHouse, where the upkeep deletes what is in it."
    return "look at it, and delete it."
