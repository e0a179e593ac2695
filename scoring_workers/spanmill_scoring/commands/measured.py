"""``spanmill rules check NAME``: measure one rule as an instrument, show what came of it, and keep it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from spanmill_scoring.calibration.asking import Asker
from spanmill_scoring.calibration.measuring import measure
from spanmill_scoring.calibration.paying import require_room
from spanmill_scoring.calibration.plan import DEFAULT, Extent, Plan, plan
from spanmill_scoring.rules.environment import missing_variables
from spanmill_scoring.rules.files import load
from spanmill_scoring.rules.judges import Judge
from spanmill_scoring.rules.loaded import LoadedRule
from spanmill_scoring.scoring import Bench, load_scorer
from spanmill_store import printing, rule_checks
from spanmill_store.client import Store
from spanmill_store.errors import SpanmillError
from spanmill_store.rule_checks import VERDICT, CheckRow
from spanmill_store.suggestions import nearest

_Command = TypeVar("_Command", bound=Callable[..., Any])

_MEASURES: Final = {
    "cases": (("as expected", "right", "cases"),),
    "repeats": (("flips", "flips", "targets"), ("deviation", "deviation", "answers")),
    "agreement": tuple((name, name, "labels") for name in ("kappa", "f1", "sensitivity", "specificity")),
    "rate": (("called bad", "called_bad", "scores"), ("bad, corrected", "bad", "scores")),
}
"""Of each kind of row what is shown: how it is called, its number, and the number of things that it comes from."""

_OF_PROBES: Final = (("moved", "moved", "trials"),)


class CannotCheck(SpanmillError):
    """A rule cannot be measured, or not within the limits that were given."""


@dataclass(frozen=True, slots=True)
class How:
    """
    How to measure.

    Attributes:
        max_calls: A judge is asked no more often, unless *is_agreed*.
        is_last: Show the last check instead of making one.
    """

    extent: Extent
    max_calls: int
    is_agreed: bool
    is_last: bool


def measuring_options(command: _Command) -> _Command:
    """Give *command* the options that `how` reads."""
    counted = {
        "repeats": (2, 20, "How often each target is asked about, to see whether the rule repeats itself."),
        "targets": (1, 1000, "Stored targets that are asked about repeatedly."),
        "probes": (1, 1000, "Texts that each probe changes."),
        "labels": (0, 10_000, "Labelled targets without a score of this version that are asked about."),
        "days": (1, 3650, "Days of scores that the corrected rate is of."),
        "label-days": (1, 3650, "Days that labels of people may be old."),
    }
    options = [
        click.option(
            f"--{name}",
            type=click.IntRange(least, most),
            default=getattr(DEFAULT, name.replace("-", "_")),
            show_default=True,
            help=f"With NAME: {text[0].lower()}{text[1:]}",
        )
        for name, (least, most, text) in counted.items()
    ]
    options += [
        click.option(
            "--max-calls", type=click.IntRange(0), default=500, show_default=True, help="Ask no judge oftener."
        ),
        click.option("--yes", "is_agreed", is_flag=True, help="Ask as often as it takes."),
        click.option("--last", "is_last", is_flag=True, help="Show what the last check came to; ask nobody."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def how(max_calls: int, is_agreed: int, is_last: int, **extent: int) -> How:
    """Return what the options say."""
    return How(Extent(**extent), max_calls, bool(is_agreed), bool(is_last))


def check_rule(path: Path, clickhouse_url: str, name: str, how: How, *, as_json: bool) -> bool:
    """Measure the rule called *name*, or show its last check, and return whether it has passed."""
    loaded = _rule(path, name)
    with Store.connect(clickhouse_url) as store:
        rows = _last(store, loaded) if how.is_last else _measured(store, loaded, how)
    if as_json:
        printing.as_json([asdict(row) for row in rows])
    else:
        _show(loaded, rows)
    return any(row.kind == VERDICT and row.passed is True for row in rows)


def _rule(path: Path, name: str) -> LoadedRule:
    book = load(path)
    if name in book.rules:
        return book.rules[name]
    for problem in book.problems:
        if problem.rule == name:
            raise CannotCheck(str(problem))
    suggestion = nearest(name, sorted(book.rules))
    hint = f"did you mean {suggestion!r}?" if suggestion else f"known are {', '.join(sorted(book.rules)) or 'none'}."
    raise CannotCheck(f"There is no rule {name!r} in {path}: {hint}")


def _last(store: Store, loaded: LoadedRule) -> list[CheckRow]:
    rows = rule_checks.latest(store, loaded.name, loaded.version)
    if not rows:
        raise CannotCheck(f"Rule {loaded.name!r} {loaded.version} was never checked: leave out --last.")
    return rows


def _measured(store: Store, loaded: LoadedRule, how: How) -> list[CheckRow]:
    for variable in missing_variables(loaded.rule):
        raise CannotCheck(f"Rule {loaded.name!r} needs environment variable {variable}, which is not set: set it.")
    intended = plan(store, loaded, how.extent)
    calls = sum(intended.calls.values())
    bench = Bench(store, load_scorer)
    if loaded.rule.judge is not None:
        _require_few(intended, loaded.rule.judge, how)
        require_room(bench, loaded, calls)
    asker = Asker(bench, lambda done: click.echo(f"{done} of at most {calls} asked", err=True))
    rows = measure(intended, asker)
    rule_checks.insert(store, rows)
    return rows


def _require_few(intended: Plan, judge: Judge, how: How) -> None:
    calls = sum(intended.calls.values())
    parts = ", ".join(f"{name} {count}" for name, count in intended.calls.items())
    click.echo(f"At most {calls} questions to {judge.model} ({parts}), with {judge.retries} retries each.", err=True)
    if calls > how.max_calls and not how.is_agreed:
        raise CannotCheck(
            f"Rule {intended.loaded.name!r} would ask {judge.model} up to {calls} times, more than --max-calls "
            f"{how.max_calls}: nothing was asked. Give --yes, a higher --max-calls, or fewer --targets or --labels."
        )


def _show(loaded: LoadedRule, rows: Sequence[CheckRow]) -> None:
    printing.as_table(
        ["check", "segment", "measure", "value", "from", "to", "of", "result", "why"],
        list(_lines(rows)),
        frozenset({"value", "from", "to", "of"}),
    )
    click.echo()
    for row in rows:
        if row.kind == VERDICT:
            because = "" if row.passed else f": it did not pass {row.reason.replace(';', ',')}"
            click.echo(f"Rule {loaded.name!r} {loaded.version} is {'proven' if row.passed else 'unproven'}{because}.")


def _lines(rows: Iterable[CheckRow]) -> Iterator[list[object]]:
    """One for each measure; the result and its reason stand in the first line of a row."""
    for row in rows:
        if row.kind == VERDICT:
            continue
        result = {True: "passed", False: "failed", None: ""}[row.passed]
        why = row.reason
        for measure_name, number, of in _MEASURES.get(row.kind, _OF_PROBES):
            ends = [row.numbers.get(f"{number}{end}") for end in ("", "_low", "_high")]
            shown = ["" if end is None else f"{end:.3g}" for end in ends]
            yield [row.kind, row.segment, measure_name, *shown, f"{row.numbers.get(of, 0):g}", result, why]
            result, why = "", ""
