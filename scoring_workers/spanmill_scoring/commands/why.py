"""``spanmill rules why``: what became of a trace under every rule."""

from dataclasses import asdict
from pathlib import Path

import click

from spanmill_scoring import why as explained
from spanmill_scoring.commands.options import clickhouse_option, json_option, rules_option, settings
from spanmill_scoring.commands.trust import judges_among
from spanmill_scoring.planner import patience_of
from spanmill_scoring.rules.files import LoadedRule, load
from spanmill_store import printing
from spanmill_store import why as stored
from spanmill_store.client import Store
from spanmill_store.errors import SpanmillError
from spanmill_store.rule_checks import Trust


class UnknownTrace(SpanmillError):
    """There is no such trace."""


@click.command()
@click.argument("trace_id")
@rules_option
@clickhouse_option
@json_option
def why(trace_id: str, rules_path: Path | None, clickhouse_url: str | None, as_json: bool) -> None:
    """Say why TRACE_ID was scored or was not, rule by rule."""
    chosen = settings(rules=rules_path, clickhouse_url=clickhouse_url)
    rules: dict[str, LoadedRule] = load(chosen.rules).rules if chosen.rules is not None else {}
    trace_id = trace_id.lower()
    with Store.connect(chosen.clickhouse) as store:
        states = stored.trace_states(store, trace_id)
        decisions = stored.decisions(store, trace_id)
        trust = Trust.read(store, judges_among(rules.values()))
    if not states and not decisions:
        raise UnknownTrace(f"There is no trace {trace_id!r}: give the 32 hexadecimal digits that lists of traces show.")
    patience = patience_of(rules.values())
    told = {state.project: explained.of_trace(state, patience) for state in states}
    answers = list(explained.answers(trace_id, states, decisions, rules))
    if as_json:
        printing.as_json(
            [
                asdict(one) | {"trust": trust.of(one.rule, one.version), "trace": told.get(one.project, "")}
                for one in answers
            ]
        )
        return
    for project, sentence in told.items():
        click.echo(sentence if len(told) == 1 else f"{project}: {sentence}")
    if not states:
        click.echo("Its spans are no longer stored.")
    click.echo()
    printing.as_table(
        ["rule", "version", "trust", "span", "state", "why"],
        [[one.rule, one.version, trust.of(one.rule, one.version), one.span_id, one.state, one.why] for one in answers],
    )
