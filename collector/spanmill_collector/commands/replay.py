"""The command ``spanmill collector replay``."""

import contextlib
import sys
from collections.abc import Iterator

import click

from spanmill_collector.lane import dead_letters
from spanmill_collector.otlp.signals import SIGNALS
from spanmill_collector.shipping.dead_letters import DeadLetter
from spanmill_collector.shipping.replay import Replayed
from spanmill_collector.shipping.replay import replay as send_again
from spanmill_collector.shipping.sink import SegmentSink
from spanmill_store import printing
from spanmill_store.otlp.ingest import SignalIngest
from spanmill_store.settings import Settings


@click.command()
@click.option("--dry-run", is_flag=True, help="Only list the dead letters.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one array.")
@click.pass_obj
def replay(settings: Settings, *, dry_run: bool, as_json: bool) -> None:
    """
    Send dead letters to ClickHouse again.

    These are requests that were acknowledged and that ClickHouse refused for good; they lie in dead-letter, in the data
    directory. Mend what made it refuse them, then run this; it may run beside the collector. What is stored now is
    removed from there; the exit code is 1 while some are still refused.
    """
    letters = [letter for signal in SIGNALS for letter in dead_letters(settings.data_dir, signal.name)]
    if dry_run:
        done = [Replayed(letter, letter.note.reason) for letter in letters]
    else:
        done = list(_with_progress(letters, settings))
    _show(done, as_json=as_json, is_dry=dry_run)
    if not dry_run and any(one.reason is not None for one in done):
        raise SystemExit(1)


def _with_progress(letters: list[DeadLetter], settings: Settings) -> Iterator[Replayed]:
    @contextlib.contextmanager
    def open_sink(signal: str) -> Iterator[SegmentSink]:
        with SignalIngest(settings.clickhouse, signal) as ingest:
            yield ingest

    with click.progressbar(letters, label="sending again", file=sys.stderr, hidden=not letters) as shown:
        yield from send_again(shown, open_sink)


def _show(done: list[Replayed], *, as_json: bool, is_dry: bool) -> None:
    columns = ("dead letter", "signal", "project", "items", "now", "reason")
    rows = [
        (
            one.letter.path.stem,
            one.letter.note.signal,
            one.letter.note.project,
            one.letter.note.items,
            "waits" if is_dry else "stored" if one.reason is None else "refused",
            one.reason or "",
        )
        for one in done
    ]
    if as_json:
        names = ("name", "signal", "project", "items", "state", "reason")
        printing.as_json(dict(zip(names, row, strict=True)) for row in rows)
    elif rows:
        printing.as_table(columns, rows, numeric=frozenset({"items"}))
    else:
        click.echo("There are no dead letters.")
