"""``spanmill rules compare``: two versions of a rule on the same targets."""

from dataclasses import asdict

import click

from spanmill_scoring.commands.options import clickhouse_option, json_option, settings
from spanmill_store import ledger, printing, version_differences
from spanmill_store.client import Store
from spanmill_store.errors import SpanmillError
from spanmill_store.version_differences import Difference, Example

_NUMBERS = ["both scored", "changed", "up", "down", "mean before", "mean after", "difference", "from", "to"]


class NothingToCompare(SpanmillError):
    """A rule has not two versions that have scored anything."""


@click.command()
@click.argument("name")
@click.option("--versions", nargs=2, help="The earlier and the later version; default: the newest two with scores.")
@click.option(
    "--examples", "limit", type=click.IntRange(0, 1000), default=5, show_default=True, help="Changed verdicts to show."
)
@clickhouse_option
@json_option
def compare(name: str, versions: tuple[str, str] | None, limit: int, clickhouse_url: str | None, as_json: bool) -> None:
    """
    Compare two versions of the rule NAME on the targets that both have scored.

    The difference is that of the means over all traffic, with its 95 % interval, each target compared with itself.
    """
    with Store.connect(settings(clickhouse_url=clickhouse_url).clickhouse) as store:
        old, new = versions or _newest(store, name)
        found = version_differences.differences(store, name, old, new)
        shown = version_differences.examples(store, name, old, new, limit) if limit else []
    if as_json:
        printing.as_json([_object(difference, old, new, shown) for difference in found])
        return
    if not any(difference.pairs for difference in found):
        click.echo(f"Versions {old} and {new} of rule {name} have no target in common: backfill the later one.")
        return
    click.echo(f"Rule {name}, from version {old} to {new}:\n")
    printing.as_table(["score", *_NUMBERS], [_row(difference) for difference in found], frozenset(_NUMBERS))
    if shown:
        click.echo()
        heads = ["trace", "span", "score", "before", "after", "why before", "why after"]
        printing.as_table(heads, [_example(example) for example in shown])


def _newest(store: Store, name: str) -> tuple[str, str]:
    versions = [status.version for status in ledger.status(store) if status.rule == name and status.scored]
    if len(versions) < 2:
        told = f"only version {versions[0]}" if versions else "no version"
        raise NothingToCompare(
            f"Rule {name!r} has {told} with scores, and two are needed: change the rule and backfill it."
        )
    return versions[1], versions[0]


def _row(difference: Difference) -> list[object]:
    of = difference.estimate
    numbers = (difference.old_mean, difference.new_mean, *((of.mean, of.low, of.high) if of else (None, None, None)))
    counts = (difference.pairs, difference.changed, difference.up, difference.down)
    return [difference.name, *counts, *("-" if number is None else f"{number:.4g}" for number in numbers)]


def _example(example: Example) -> list[object]:
    before = _verdict(example.old_value, example.old_label)
    after = _verdict(example.new_value, example.new_label)
    return [
        example.trace_id,
        example.span_id,
        example.name,
        before,
        after,
        example.old_rationale,
        example.new_rationale,
    ]


def _verdict(value: float | None, label: str) -> str:
    return " ".join(part for part in ("" if value is None else f"{value:g}", label) if part)


def _object(difference: Difference, old: str, new: str, shown: list[Example]) -> dict[str, object]:
    examples = [asdict(example) for example in shown if example.name == difference.name]
    return {"old": old, "new": new, **asdict(difference), "examples": examples}
