"""``spanmill rules why``: what became of a trace or of a session under every rule."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import click

from spanmill_scoring import why as explained
from spanmill_scoring.commands.options import clickhouse_option, json_option, rules_option, settings
from spanmill_scoring.commands.trust import judges_among
from spanmill_scoring.planner import patience_of
from spanmill_scoring.rules.files import load
from spanmill_scoring.rules.loaded import LoadedRule
from spanmill_scoring.why import Answer
from spanmill_store import printing
from spanmill_store import why as stored
from spanmill_store.client import Store
from spanmill_store.completion import Patience
from spanmill_store.errors import SpanmillError
from spanmill_store.rule_checks import Trust


class UnknownTrace(SpanmillError):
    """There is no such trace."""


@dataclass(frozen=True, slots=True)
class _Told:
    """
    What there is to say.

    Attributes:
        what: The kind of the target.
        of: Of the target itself, a sentence by project.
        answers: Rule by rule.
    """

    what: Literal["trace", "session"]
    of: Mapping[str, str]
    answers: Sequence[Answer]


@click.command()
@click.argument("target")
@click.option("--session", "is_session", is_flag=True, help="TARGET is a session's id, even if a trace has the same.")
@rules_option
@clickhouse_option
@json_option
def why(target: str, is_session: bool, rules_path: Path | None, clickhouse_url: str | None, as_json: bool) -> None:
    """Say why TARGET, a trace or a session by its id, was scored or was not, rule by rule."""
    chosen = settings(rules=rules_path, clickhouse_url=clickhouse_url)
    rules: dict[str, LoadedRule] = load(chosen.rules).rules if chosen.rules is not None else {}
    patience = patience_of(rules.values())
    with Store.connect(chosen.clickhouse) as store:
        told = None if is_session else _of_trace(store, target.lower(), rules, patience)
        told = told or _of_session(store, target, rules, patience)
        trust = Trust.read(store, judges_among(rules.values()))
    if told is None:
        message = f"There is no trace or session {target!r}: give the id that lists of traces show, as a whole."
        raise UnknownTrace(message)
    if as_json:
        printing.as_json(
            [
                asdict(answer)
                | {"trust": trust.of(answer.rule, answer.version), told.what: told.of.get(answer.project, "")}
                for answer in told.answers
            ]
        )
        return
    _show(told, trust)


def _of_trace(store: Store, trace_id: str, rules: Mapping[str, LoadedRule], patience: Patience) -> _Told | None:
    states = stored.trace_states(store, trace_id)
    decisions = stored.decisions(store, trace_id=trace_id)
    if not states and not decisions:
        return None
    of = {state.project: explained.of_trace(state, patience) for state in states}
    asked = {name: loaded for name, loaded in rules.items() if loaded.rule.scope != "session"}
    return _Told("trace", of, list(explained.answers(trace_id, states, decisions, asked)))


def _of_session(store: Store, session_id: str, rules: Mapping[str, LoadedRule], patience: Patience) -> _Told | None:
    states = stored.session_states(store, session_id)
    decisions = stored.decisions(store, session_id=session_id)
    if not states and not decisions:
        return None
    of = {state.project: explained.of_session(state, patience) for state in states}
    asked = {name: loaded for name, loaded in rules.items() if loaded.rule.scope == "session"}
    return _Told("session", of, list(explained.answers(session_id, states, decisions, asked)))


def _show(told: _Told, trust: Trust) -> None:
    for project, sentence in told.of.items():
        click.echo(sentence if len(told.of) == 1 else f"{project}: {sentence}")
    if not told.of:
        click.echo("Its spans are no longer stored.")
    click.echo()
    printing.as_table(
        ["rule", "version", "trust", "span", "state", "why"],
        [
            [one.rule, one.version, trust.of(one.rule, one.version), one.span_id, one.state, one.why]
            for one in told.answers
        ],
    )
