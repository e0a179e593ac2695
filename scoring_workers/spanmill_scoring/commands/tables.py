"""``spanmill scores`` and ``spanmill flags``: the newest rows."""

from collections.abc import Callable
from dataclasses import asdict
from typing import TypeVar

import click

from spanmill_scoring.commands.options import clickhouse_option, json_option, settings
from spanmill_store import flags as stored_flags
from spanmill_store import printing, score_means
from spanmill_store import scores as stored_scores
from spanmill_store.client import Store
from spanmill_store.flags import FlagRow
from spanmill_store.rule_checks import Trust
from spanmill_store.score_means import Mean
from spanmill_store.scores import ScoreRow

_REASON_CHARS = 80

_Command = TypeVar("_Command", bound=Callable[..., None])


def _chosen(command: _Command) -> _Command:
    """Give *command* the options that choose rows."""
    for option in (
        json_option,
        clickhouse_option,
        click.option(
            "--limit", type=click.IntRange(1, 100_000), default=20, show_default=True, help="At most so many."
        ),
        click.option("--trace", "trace_id", help="Only of this trace."),
        click.option("--rule", help="Only of this rule."),
    ):
        command = option(command)
    return command


@click.group(invoke_without_command=True)
@_chosen
@click.pass_context
def scores(
    context: click.Context,
    rule: str | None,
    trace_id: str | None,
    limit: int,
    clickhouse_url: str | None,
    as_json: bool,
) -> None:
    """Show the newest scores, or with a command of its own what they come to."""
    if context.invoked_subcommand is not None:
        return
    with Store.connect(settings(clickhouse_url=clickhouse_url).clickhouse) as store:
        rows = stored_scores.newest(store, rule=rule, trace_id=trace_id, limit=limit)
        trust = Trust.read(store)
    if as_json:
        printing.as_json([row._asdict() | {"trust": trust.of(row.rule, row.rule_version)} for row in rows])
        return
    printing.as_table(
        ["time", "name", "value", "label", "trust", "trace", "span", "reason"],
        [
            [
                *(row.time, row.name, row.value, row.label, trust.of(row.rule, row.rule_version)),
                *(_target(row), row.span_id, _short(row.rationale)),
            ]
            for row in rows
        ],
        frozenset({"value"}),
    )


@scores.command()
@click.option("--rule", default="", help="Only of this rule.")
@click.option("--days", type=click.IntRange(1, 3650), default=7, show_default=True, help="Of so many days, until now.")
@click.option("--by-day", is_flag=True, help="Each day by itself.")
@clickhouse_option
@json_option
def means(rule: str, days: int, by_day: bool, clickhouse_url: str | None, as_json: bool) -> None:
    """Estimate the mean of each score over all traffic, and the share of each label."""
    with Store.connect(settings(clickhouse_url=clickhouse_url).clickhouse) as store:
        found = score_means.means(store, rule=rule, days=days, by_day=by_day)
        trust = Trust.read(store)
    if as_json:
        printing.as_json([asdict(mean) | {"trust": trust.of(mean.rule, mean.version)} for mean in found])
        return
    numbers = ["mean", "from", "to", "scores", "no score"]
    printing.as_table(
        ["rule", "version", "trust", "score", *(["day"] if by_day else []), "label", *numbers],
        [_mean_row(mean, trust.of(mean.rule, mean.version), by_day=by_day) for mean in found],
        frozenset(numbers),
    )


def _mean_row(mean: Mean, trusted: str, *, by_day: bool) -> list[object]:
    of = mean.estimate
    day = [mean.part] if by_day else []
    ends = ["" if end is None else f"{end:.4g}" for end in (of.low, of.high)]
    of_rule = [mean.rule, mean.version, trusted, mean.name, *day, mean.label]
    return [*of_rule, f"{of.mean:.4g}", *ends, of.count, mean.failed]


@click.command()
@_chosen
def flags(rule: str | None, trace_id: str | None, limit: int, clickhouse_url: str | None, as_json: bool) -> None:
    """Show what was flagged, the newest first."""
    with Store.connect(settings(clickhouse_url=clickhouse_url).clickhouse) as store:
        rows = stored_flags.newest(store, rule=rule, trace_id=trace_id, limit=limit)
        trust = Trust.read(store)
    if as_json:
        printing.as_json([asdict(row) | {"trust": trust.of(row.rule, row.rule_version)} for row in rows])
        return
    printing.as_table(
        ["time", "rule", "trust", "value", "label", "trace", "span", "dataset", "reason"],
        [
            [
                *(row.time, row.rule, trust.of(row.rule, row.rule_version), row.value, row.label),
                *(_target(row), row.span_id, row.dataset, _short(row.reason)),
            ]
            for row in rows
        ],
        frozenset({"value"}),
    )


def _target(row: ScoreRow | FlagRow) -> str:
    return row.trace_id or f"session {row.session_id}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _REASON_CHARS else line[: _REASON_CHARS - 1] + "…"
