"""``spanmill rules backfill``: score what is past."""

import os
import re
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import click

from spanmill_scoring import backfill as filling
from spanmill_scoring import sql_runs
from spanmill_scoring.backfill import Progress
from spanmill_scoring.commands import foreseen
from spanmill_scoring.commands.foreseen import Expected, time_of
from spanmill_scoring.commands.options import chosen_rule, clickhouse_option, json_option, rules_option, settings
from spanmill_scoring.planner import patience_of
from spanmill_scoring.rules.files import RuleBook
from spanmill_scoring.rules.loaded import LoadedRule
from spanmill_scoring.scoring import Bench, load_scorer
from spanmill_store import printing
from spanmill_store.client import Store
from spanmill_store.errors import QueryRejected, SpanmillError
from spanmill_store.prices import user_file
from spanmill_store.prices.book import PriceBook
from spanmill_store.scoring import backfill as stored
from spanmill_store.scoring.backfill import Window
from spanmill_store.scoring.plan import clock_ns

_AGO: Final = re.compile(r"(\d{1,6})([smhdw])")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class CannotBackfill(SpanmillError):
    """A rule cannot be backfilled as it was asked for."""


class Moment(click.ParamType[datetime]):
    """A time: so long ago, as 7d or 12h, or a day or time in UTC, as 2026-11-25 or 2026-11-25T13:00."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read it."""
        if isinstance(value, datetime):
            return value
        if ago := _AGO.fullmatch(value):
            return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time: write 7d, 12h, 2026-11-25 or 2026-11-25T13:00.", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@click.command()
@click.argument("name")
@click.option("--since", type=Moment(), required=True, help="Of what began since then: 7d, 12h or 2026-11-25.")
@click.option("--until", type=Moment(), help="Until then; default: now.")
@click.option("--dry-run", is_flag=True, help="Say what it would come to and cost, and do nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@rules_option
@clickhouse_option
@json_option
def backfill(
    *,
    name: str,
    since: datetime,
    until: datetime | None,
    dry_run: bool,
    yes: bool,
    rules_path: Path | None,
    clickhouse_url: str | None,
    as_json: bool,
) -> None:
    """
    Score the past by the rule NAME: enter what is complete into its ledger, as the planner does with what is new.

    What the ledger knows stays as it is, so it may be run again, and goes on where it was interrupted.
    """
    chosen = settings(rules=rules_path, clickhouse_url=clickhouse_url)
    book, loaded = chosen_rule(chosen, name)
    with Store.connect(chosen.clickhouse) as store:
        asked = _window(store, book, loaded, since, until)
        expected = _expected(store, loaded, asked, chosen.prices)
        told = foreseen.told(loaded, asked, expected)
        if not as_json or not (dry_run or yes):
            foreseen.show(loaded, asked, expected, err=as_json)
        if not dry_run:
            if not yes:
                click.confirm("Enter them?", abort=True, err=True)
            told |= _enter(store, loaded, asked)
    if as_json:
        printing.as_json([told])


def _window(store: Store, book: RuleBook, loaded: LoadedRule, since: datetime, until: datetime | None) -> Window:
    """What is asked for, with the number of its traces, once it is known which are complete."""
    now_ns = clock_ns(store)
    from_ns = _ns(since)
    until_ns = min(_ns(until), now_ns) if until else now_ns
    if from_ns >= until_ns:
        raise CannotBackfill(f"Nothing lies between {since:%Y-%m-%d %H:%M} and {time_of(until_ns):%Y-%m-%d %H:%M} UTC.")
    planner = f"backfill-{socket.gethostname()}-{os.getpid()}"
    with_sessions = loaded.rule.scope == "session"
    stored.complete(store, patience_of(book.rules.values()), from_ns, now_ns, planner, with_sessions=with_sessions)
    traces = sum(window.traces for window in stored.windows(store, from_ns, until_ns))
    return Window(from_ns, until_ns, traces)


def _expected(store: Store, loaded: LoadedRule, asked: Window, prices: Path | None) -> Expected:
    judge = loaded.rule.judge
    try:
        found, unasked = filling.foresee(store, loaded, asked, filling.EXAMPLES if judge else 0)
    except QueryRejected as error:
        raise CannotBackfill(f"Rule {loaded.name!r} cannot be planned: {error}") from error
    if judge is None:
        return Expected(found, None, unasked)
    book = PriceBook(user_file.load(prices) if prices else None)
    cost = filling.cost_of(store, loaded, judge, found, book, datetime.now(UTC).date())
    return Expected(found, cost, unasked)


def _enter(store: Store, loaded: LoadedRule, asked: Window) -> dict[str, object]:
    """Do it, and say on standard error how far it is."""
    bench = Bench(store, load_scorer)
    done = Progress(0, 0, sql_runs.NOTHING)
    try:
        for done in filling.run(bench, loaded, asked, lambda: clock_ns(store)):
            click.echo(f"{done.traces} of {asked.traces} traces, {done.entered} targets entered", err=True)
    except QueryRejected as error:
        raise CannotBackfill(f"Rule {loaded.name!r} cannot be planned: {error}") from error
    unasked = filling.unasked(store, loaded)
    foreseen.show_unasked(asked, unasked, err=True)
    if sql_runs.is_possible(loaded):
        states = ", ".join(f"{count} {state}" for state, count in sorted(done.states.items()))
        click.echo(f"Scored here: {states or 'nothing'}.", err=True)
    else:
        click.echo("Workers score them: `spanmill rules status` shows how far they are.", err=True)
    return {"entered": done.entered, "states": dict(done.states), "unasked": dict(unasked)}


def _ns(moment: datetime) -> int:
    return int(moment.timestamp()) * 10**9
