"""The commands ``spanmill prices list``, ``show``, ``check`` and ``sync``."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from spanmill_store import printing
from spanmill_store.commands.connection import clickhouse_option, connect
from spanmill_store.prices import table, user_file
from spanmill_store.prices.book import Key, PriceBook
from spanmill_store.prices.lookup import Charge, charge
from spanmill_store.prices.price import FIRST_DAY, LAST_DAY, Period, Tier, Timeline, Tokens, lowered
from spanmill_store.settings import Settings

_NUMBERS: Final = ("from_tokens", "input_mtok", "cached_mtok", "cache_write_mtok", "output_mtok", "per_call")
_HEADINGS: Final = ("input tokens from", "input", "cached", "cache write", "output", "per call")
COLUMNS: Final = ("provider", "model", "valid from", "valid until", *_HEADINGS, "origin")
NUMERIC: Final = frozenset(_HEADINGS)

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, one array.")
file_option = click.option(
    "--prices", "file", type=click.Path(path_type=Path), help="Price file [SPANMILL_PRICES]; default: none."
)

Command = TypeVar("Command", bound=Callable[..., Any])


def _token_options(command: Command) -> Command:
    for name, text in (
        ("output", "Tokens that go out."),
        ("cache-write", "Part of the input tokens that is written into a cache."),
        ("cached", "Part of the input tokens that comes from a cache."),
        ("input", "Tokens that go in, cached ones and those written into a cache included."),
    ):
        option = click.option(f"--{name}-tokens", type=click.IntRange(0), default=0, show_default=True, help=text)
        command = option(command)
    return command


@click.group()
def prices() -> None:
    """Show, check and update what models cost, in US dollars for a million tokens."""


@prices.command("list")
@click.option("--model", default="", help="Only models with this in their name.")
@click.option("--provider", default=None, help="Only this provider, as spans name it; '' for prices at any.")
@json_option
@clickhouse_option
def list_prices(*, model: str, provider: str | None, as_json: bool, clickhouse_url: str | None) -> None:
    """List the prices by which spans are charged. A row without a provider counts at any that has none of its own."""
    with connect(clickhouse_url) as store:
        found = table.in_force(store)
    chosen = {
        key: periods
        for key, periods in found.items()
        if lowered(model) in key[1] and (provider is None or key[0] == provider)
    }
    if as_json:
        printing.as_json(_objects(chosen))
    else:
        printing.as_table(COLUMNS, _rows(chosen), NUMERIC)


@prices.command()
@click.argument("model")
@click.option("--provider", default="", help="Provider, as spans name it: openai, aws.bedrock, …; default: any.")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="Day of the call, in UTC; default: today.")
@_token_options
@file_option
@json_option
@clickhouse_option
def show(
    model: str,
    provider: str,
    day: datetime | None,
    file: Path | None,
    *,
    as_json: bool,
    clickhouse_url: str | None,
    **tokens: int,
) -> None:
    """
    Show what MODEL costs, where that comes from, and what a call with so many tokens costs.

    Says what a span of this model is charged by or, where none came yet, would be.
    """
    counted = Tokens(**{name.removesuffix("_tokens"): count for name, count in tokens.items()})
    if counted.cached + counted.cache_write > counted.input:
        raise click.UsageError("Cached tokens and those written into a cache are parts of --input-tokens: raise it.")
    key = (provider, lowered(model))
    with connect(clickhouse_url) as store:
        in_force = table.in_force(store, key[1])
    found = charge(in_force, _book(file), key, day.date() if day else datetime.now(UTC).date(), counted)
    if as_json:
        printing.as_json([_object(found.key, found.period, found.tier) | {"cost_usd": found.cost}])
        return
    printing.as_table(COLUMNS, _tiers(found.key, found.period), NUMERIC)
    click.echo(_sentence(found, counted))


@prices.command()
@click.argument("file", type=click.Path(path_type=Path))
@json_option
def check(file: Path, *, as_json: bool) -> None:
    """Check the price file FILE and show what it says. The exit code is 1 where something is wrong."""
    found = user_file.load(file)
    periods = [
        ((entry.provider, entry.model), Period(entry.valid_from, LAST_DAY, entry.price, found.origin))
        for entry in found.entries
    ]
    if as_json:
        printing.as_json(_object(key, period, tier) for key, period in periods for tier in period.price.tiers)
        return
    printing.as_table(COLUMNS, [row for key, period in periods for row in _tiers(key, period)], NUMERIC)
    click.echo(f"{file}: {len(found.entries)} prices, no mistakes.")


@prices.command()
@click.option("--forget-file", is_flag=True, help="Remove prices from a file that is no longer set.")
@file_option
@json_option
@clickhouse_option
def sync(*, forget_file: bool, file: Path | None, as_json: bool, clickhouse_url: str | None) -> None:
    """
    Write changed prices now, and give a cost to spans of the last seven days that have none and a price by now.

    The planner does the same every half minute, for the last day.
    """
    from spanmill_store.prices.sync import sync as bring_up_to_date  # noqa: PLC0415 - the price list is large

    chosen = file or Settings.from_environment().prices
    if forget_file and chosen is not None:
        raise click.UsageError(f"--forget-file is for prices whose file is gone, but {chosen} is set.")
    with connect(clickhouse_url) as store:
        done = bring_up_to_date(store, chosen, forgets_file=forget_file)
    if as_json:
        printing.as_json([{"prices_written": done.rows, "spans_given_a_cost": done.spans}])
    else:
        click.echo(f"{done.rows} prices written, {done.spans} spans given a cost")


def _book(file: Path | None) -> PriceBook:
    chosen = file or Settings.from_environment().prices
    return PriceBook(user_file.load(chosen) if chosen else None)


def _sentence(found: Charge, tokens: Tokens) -> str:
    parts = f"{tokens.input} input tokens ({tokens.cached} cached, {tokens.cache_write} written into a cache)"
    text = f"A call with {parts} and {tokens.output} output tokens costs {found.cost:.10g} US dollars"
    return f"{text}." if found.is_stored else f"{text}, once a span has named the model."


def _rows(found: dict[Key, Timeline]) -> Iterator[tuple[Any, ...]]:
    for key, periods in found.items():
        for period in periods:
            yield from _tiers(key, period)


def _tiers(key: Key, period: Period) -> Iterator[tuple[Any, ...]]:
    for tier in period.price.tiers:
        numbers = (tier.from_tokens, *(f"{getattr(tier, name):.10g}" for name in _NUMBERS[1:]))
        yield (*key, _day(period.valid_from), _day(period.valid_until), *numbers, period.origin)


def _objects(found: dict[Key, Timeline]) -> Iterator[dict[str, Any]]:
    for key, periods in found.items():
        for period in periods:
            yield from (_object(key, period, tier) for tier in period.price.tiers)


def _object(key: Key, period: Period, tier: Tier) -> dict[str, Any]:
    return {
        "provider": key[0],
        "model": key[1],
        "valid_from": _day(period.valid_from),
        "valid_until": _day(period.valid_until),
        **{name: getattr(tier, name) for name in _NUMBERS},
        "origin": period.origin,
    }


def _day(day: date) -> str | None:
    """Return *day*, None for the first and the last that there are."""
    return None if day in (FIRST_DAY, LAST_DAY) else str(day)
