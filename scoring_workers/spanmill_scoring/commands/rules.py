"""``spanmill rules``: list them, check them, see how they do."""

from collections.abc import Iterator
from pathlib import Path

import click

from spanmill_scoring.commands import progress, trust
from spanmill_scoring.commands.backfill import backfill
from spanmill_scoring.commands.compare import compare
from spanmill_scoring.commands.measured import check_rule, how, measuring_options
from spanmill_scoring.commands.options import clickhouse_option, json_option, rules_option, rules_path_of, settings
from spanmill_scoring.commands.why import why
from spanmill_scoring.python_source import ScorerNotFound
from spanmill_scoring.rules.environment import missing_variables
from spanmill_scoring.rules.files import RuleBook, load
from spanmill_scoring.rules.loaded import LoadedRule
from spanmill_scoring.rules.problems import Problem
from spanmill_scoring.scoring import load_scorer
from spanmill_store import printing
from spanmill_store.client import Store
from spanmill_store.errors import StoreUnavailable
from spanmill_store.scoring.checks import require_compilable
from spanmill_store.scoring.predicates import PredicateError


@click.group()
def rules() -> None:
    """Check scoring rules and see how they do."""


@rules.command("list")
@rules_option
@clickhouse_option
@json_option
def list_rules(rules_path: Path | None, clickhouse_url: str | None, as_json: bool) -> None:
    """List the rules that are good enough to run, and whether those with a judge are proven."""
    book = load(_path(rules_path))
    trust_of = trust.of_rules(book.rules.values(), settings(clickhouse_url=clickhouse_url).clickhouse)
    rows = [_described(loaded, trust_of(loaded.name, loaded.version)) for loaded in book.rules.values()]
    if as_json:
        printing.as_json(rows)
    else:
        printing.as_table(
            ["rule", "version", "scorer", "trust", "scope", "sample", "dataset", "description"],
            [[str(cell) for cell in row.values()] for row in rows],
            frozenset({"sample"}),
        )
    for problem in book.problems:
        click.echo(str(problem), err=True)


@rules.command()
@click.argument("name", required=False)
@rules_option
@clickhouse_option
@json_option
@measuring_options
def check(
    name: str | None, rules_path: Path | None, clickhouse_url: str | None, as_json: bool, **measuring: int
) -> None:
    """
    Check every rule; exit 1 and say what is wrong where, if any is bad.

    With NAME, measure that rule as an instrument: whether it sees the obvious, resists tricks, repeats itself and
    agrees with people. What came of it is kept with its version; exit 1 unless it has passed.
    """
    path = _path(rules_path)
    chosen = settings(clickhouse_url=clickhouse_url)
    if name is not None:
        passed = check_rule(path, chosen.clickhouse, name, how(**measuring), as_json=as_json)
        raise SystemExit(0 if passed else 1)
    book = load(path)
    problems = [*book.problems, *_run_time_problems(book)]
    try:
        with Store.connect(chosen.clickhouse) as store:
            problems += _compile_problems(book, store)
    except StoreUnavailable as error:
        click.echo(f"SQL was read but not compiled: {error}", err=True)
    if as_json:
        printing.as_json([_problem_row(problem) for problem in problems])
    else:
        for problem in problems:
            click.echo(str(problem))
    bad = {problem.rule for problem in problems}
    if problems:
        good = len(book.rules.keys() - bad)
        raise SystemExit(_fail(f"Mistakes: {len(problems)}. Good rules: {good}.", as_json=as_json))
    if not as_json:
        click.echo(f"All {len(book.rules)} rules are good.")


@rules.command()
@clickhouse_option
@json_option
def status(clickhouse_url: str | None, as_json: bool) -> None:
    """Show how far every rule has come, and what its judge has cost today (UTC), checks included."""
    with Store.connect(settings(clickhouse_url=clickhouse_url).clickhouse) as store:
        rows = list(progress.rows(store))
    if as_json:
        printing.as_json(rows)
    else:
        progress.show(rows)


for _command in (why, backfill, compare):
    rules.add_command(_command)


def _path(given: Path | None) -> Path:
    return rules_path_of(settings(rules=given))


def _described(loaded: LoadedRule, trusted: str) -> dict[str, object]:
    rule = loaded.rule
    named = f"builtin {rule.builtin.name}" if rule.builtin else rule.python.scorer if rule.python else ""
    scorer = named or (f"judge {rule.judge.model}" if rule.judge else "combine" if rule.combine else "sql")
    return {
        "rule": rule.name,
        "version": loaded.version,
        "scorer": scorer,
        "trust": trusted,
        "scope": rule.scope,
        "sample": rule.sample,
        "dataset": rule.dataset or "",
        "description": " ".join(rule.description.split()),
    }


def _run_time_problems(book: RuleBook) -> Iterator[Problem]:
    """What can be seen without a server only by trying: imports, and variables of the environment."""
    for loaded in book.rules.values():
        for name in missing_variables(loaded.rule):
            text = f"environment variable {name} is not set, which its judge or a route needs: set it."
            yield Problem(loaded.file, loaded.line, text, loaded.name)
        if loaded.rule.python:
            try:
                load_scorer(loaded)
            except ScorerNotFound as error:
                yield Problem(loaded.file, loaded.line, str(error), loaded.name)


def _compile_problems(book: RuleBook, store: Store) -> Iterator[Problem]:
    for loaded in book.rules.values():
        try:
            require_compilable(
                store, loaded.rule.scope, loaded.conditions, loaded.scorer_sql, is_dependent=loaded.is_dependent
            )
        except PredicateError as error:
            yield Problem(loaded.file, loaded.line, str(error), loaded.name)


def _problem_row(problem: Problem) -> dict[str, object]:
    return {"file": str(problem.file), "line": problem.line, "rule": problem.rule, "text": problem.text}


def _fail(sentence: str, *, as_json: bool) -> int:
    if not as_json:
        click.echo(sentence, err=True)
    return 1
