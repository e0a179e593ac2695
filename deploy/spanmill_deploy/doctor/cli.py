"""The command ``spanmill doctor``."""

from collections.abc import Iterator

import click

from spanmill_deploy.doctor import books, disks, parts, prices
from spanmill_deploy.doctor.findings import Finding, State
from spanmill_deploy.doctor.mapping import mapping
from spanmill_store import printing
from spanmill_store.client import Store
from spanmill_store.errors import StoreError
from spanmill_store.migrations import pending
from spanmill_store.settings import Settings


@click.command()
@click.option("--within", "within_h", type=click.IntRange(1, 24 * 90), default=24, help="Hours of books to check.")
@click.option("--mapping", "only_mapping", is_flag=True, help="Say what spans lack, and which attribute looks like it.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(*, within_h: int, only_mapping: bool, as_json: bool) -> None:
    """
    Say whether this installation does what it promises.

    Asks every part, looks at what waits on this machine's disk, and checks the books: received = stored + refused +
    dead letters, for each minute and key. Names models without a price. The exit code is 1 where something is wrong.
    With --mapping it looks at the spans instead: which services' model calls have no model, tokens, input or session.
    `spanmill doctor --app` is another command: it looks at applications.
    """
    settings = Settings.from_environment()
    examine = _examine_mapping if only_mapping else _examine
    findings = list(examine(settings, within_h * 3600))
    if as_json:
        printing.as_json({"subject": one.subject, "state": str(one.state), "text": one.text} for one in findings)
    else:
        printing.as_table(("what", "state", "finding"), ((one.subject, one.state, one.text) for one in findings))
    if any(one.is_bad for one in findings):
        raise click.exceptions.Exit(1)


def _examine(settings: Settings, within_s: int) -> Iterator[Finding]:
    yield parts.collector(settings)
    yield parts.redis(settings)
    yield from parts.waiting(settings)
    yield disks.data_dir(settings)
    try:
        with Store.connect(settings.clickhouse) as store:
            yield from _store(store, settings, within_s)
    except StoreError as error:
        yield Finding("ClickHouse", State.BAD, str(error))


def _examine_mapping(settings: Settings, within_s: int) -> Iterator[Finding]:
    try:
        with Store.connect(settings.clickhouse) as store:
            yield from mapping(store, within_s)
    except StoreError as error:
        yield Finding("ClickHouse", State.BAD, str(error))


def _store(store: Store, settings: Settings, within_s: int) -> Iterator[Finding]:
    missing = pending(store)
    if missing:
        text = f"the database {store.database} lacks {len(missing)} migrations: run `spanmill migrate`"
        yield Finding("ClickHouse", State.BAD, text)
        return
    yield Finding("ClickHouse", State.GOOD, f"answers at {store.address}, its schema is up to date")
    yield from disks.clickhouse(store)
    yield from books.accounts(store, within_s)
    yield from prices.models(store, settings.prices)
