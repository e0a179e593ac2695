"""What ``spanmill rules backfill`` says before it begins: what that comes to, and what a judge would cost."""

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import click

from spanmill_scoring.backfill import Cost
from spanmill_scoring.rules.loaded import LoadedRule
from spanmill_store.scoring.backfill import Window
from spanmill_store.scoring.foreseeing import Foreseen


@dataclass(frozen=True, slots=True)
class Expected:
    """
    What it would come to.

    Attributes:
        cost: Of a judge; None where there is none.
        unasked: Of how many targets the rules that are asked know nothing, by the name.
    """

    foreseen: Foreseen
    cost: Cost | None
    unasked: Counter[str]


def show(loaded: LoadedRule, asked: Window, expected: Expected, *, err: bool) -> None:
    """Print it in sentences."""
    foreseen = expected.foreseen
    click.echo(
        f"{foreseen.traces} traces began then. Not yet in the ledger of rule {loaded.name}, version {loaded.version}: "
        f"{'' if foreseen.is_exact else 'about '}{foreseen.targets.total()} {loaded.rule.scope}s, of which "
        f"{_of_which(loaded, foreseen)}.",
        err=err,
    )
    show_unasked(asked, expected.unasked, err=err)
    if (cost := expected.cost) is not None:
        price = f"about {cost.usd:.2f} US dollars" if cost.usd is not None else f"unknown price: {cost.unknown}"
        how_often = "at most " if foreseen.is_bound else "" if foreseen.is_exact else "about "
        click.echo(
            f"The judge would be called {how_often}{cost.calls} times: about {cost.input_tokens} tokens in and "
            f"{cost.output_tokens} out; {price}",
            err=err,
        )


def show_unasked(asked: Window, unasked: Counter[str], *, err: bool) -> None:
    """Say which rules have to be backfilled before anything can be decided about all of *asked*."""
    for name, count in unasked.items():
        since = f"{time_of(asked.from_ns):%Y-%m-%dT%H:%M:%S}"
        click.echo(
            f"Of {count} of them rule {name} knows nothing, and until it does they wait: "
            f"`spanmill rules backfill {name} --since {since}`.",
            err=err,
        )


def told(loaded: LoadedRule, asked: Window, expected: Expected) -> dict[str, object]:
    """Return it for ``--json``."""
    named = ("waiting", "sampled_out", "filtered")
    foreseen = expected.foreseen
    return {
        "rule": loaded.name,
        "version": loaded.version,
        "since": time_of(asked.from_ns),
        "until": time_of(asked.until_ns),
        "traces": foreseen.traces,
        "is_exact": foreseen.is_exact and not foreseen.is_bound,
        "foreseen": {state: foreseen.targets[state] for state in named},
        "unasked": dict(expected.unasked),
        "cost": asdict(expected.cost) if expected.cost else None,
    }


def time_of(time_ns: int) -> datetime:
    """The whole second of a time that is given in nanoseconds since 1970."""
    return datetime.fromtimestamp(time_ns // 10**9, UTC)


def _of_which(loaded: LoadedRule, foreseen: Foreseen) -> str:
    states = foreseen.targets
    if not foreseen.is_bound:
        parts = (f"{states['waiting']} would be scored", f"{states['sampled_out']} sampled out")
        return f"{', '.join(parts)} and {states['filtered']} filtered"
    about = "about " if states["sampled_out"] else ""
    by_what = f"what {', '.join(name for name, _ in loaded.needs)} says" if loaded.needs else "their traces"
    return f"at most {about}{states['waiting']} would be scored, which depends on {by_what}"
