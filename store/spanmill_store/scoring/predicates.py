"""
Text of rules that becomes SQL: the only place where it does.

A rule may bring one scalar expression (``where``, ``value``, ``label``, ``reason``) or one whole SELECT. Both are
parsed, checked against a list of what they may name, and written anew from the syntax tree, so that nothing of the
user's own spelling (comments, a second statement, an unbalanced bracket) reaches ClickHouse. The result is put into a
named query by `spanmill_store.scoring.templates`; `spanmill_store.scoring.checks` asks whether the server can compile
it.
"""

import difflib
import itertools
import re
from collections.abc import Iterable, Iterator
from typing import Final, Literal

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError

from spanmill_store.errors import SpanmillError
from spanmill_store.scoring.predicate_names import COLUMNS, TABLES, is_denied_function

Scope = Literal["trace", "span"]

MAX_CHARS: Final = 20_000
_FORBIDDEN: Final[tuple[tuple[type[exp.Expr], str], ...]] = (
    (exp.Query, "a sub-select"),
    (exp.Table, "a table"),
    (exp.Window, "a window function"),
    (exp.AggFunc, "an aggregate function"),
    (exp.Star, "*"),
    (exp.Columns, "COLUMNS"),
    (exp.Alias, "an alias"),
    (exp.Placeholder, "a query parameter"),
    (exp.Parameter, "a query parameter"),
)
"""What an expression may not contain, and how it is called in the error."""

_OUTPUTS: Final = ("TraceId", "SpanId", "value", "label", "reason")


class PredicateError(SpanmillError):
    """SQL of a rule is not something that may be run."""


def checked_expression(text: str, scope: Scope) -> str:
    """
    Return *text*, one scalar expression over the columns of *scope*'s table, as SQL that is safe to place in a query.

    Raises:
        PredicateError: It is not one expression, or names a column, function or construct that it may not.
    """
    tree = _only_statement(text)
    if not isinstance(tree, exp.Condition):
        raise PredicateError(f"SQL {_short(text)!r} is not an expression: write a condition or a value over columns.")
    for kind, called in _FORBIDDEN:
        if tree.find(kind):
            raise PredicateError(f"SQL {_short(text)!r} contains {called}, which an expression of a rule may not.")
    for column in tree.find_all(exp.Column):
        _require_column(".".join(part.name for part in column.parts), scope)
    return _rendered(tree)


def checked_select(text: str, scope: Scope) -> str:
    """
    Return *text*, one SELECT over spanmill's own tables, as SQL that is safe to place in a query.

    Raises:
        PredicateError: It is not one SELECT, reads something else, or does not return what a scorer must.
    """
    tree = _only_statement(text)
    if not isinstance(tree, exp.Select | exp.SetOperation):
        raise PredicateError(f"SQL {_short(text)!r} is not a query: a rule's starts with SELECT TraceId.")
    for select in tree.find_all(exp.Query):
        for clause in ("settings", "format", "into"):
            if select.args.get(clause):
                raise PredicateError(f"The SELECT of a rule may not have {clause.upper()}: remove it.")
    if tree.find(exp.Placeholder, exp.Parameter):
        raise PredicateError("The SELECT of a rule may not have query parameters: write the values.")
    _require_own_tables(tree)
    _require_outputs(tree.named_selects, scope)
    return _rendered(tree)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the one of *known* that is most like *name*, letter case aside, or None if none is."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    matches = difflib.get_close_matches(name.lower(), list(by_lower), n=1)
    return by_lower[matches[0]] if matches else None


def _only_statement(text: str) -> exp.Expr:
    if len(text) > MAX_CHARS:
        raise PredicateError(f"SQL {_short(text)!r} is {len(text)} characters long: at most {MAX_CHARS} are allowed.")
    try:
        statements = [tree for tree in sqlglot.parse(text, read="clickhouse") if tree is not None]
    except (SqlglotError, RecursionError) as error:
        raise PredicateError(f"SQL {_short(text)!r} cannot be read: {_complaint(error)}.") from error
    if len(statements) != 1:
        raise PredicateError(f"SQL {_short(text)!r} is {len(statements)} statements: write exactly one.")
    return statements[0]


def _complaint(error: SqlglotError | RecursionError) -> str:
    if isinstance(error, ParseError) and error.errors:
        first = error.errors[0]
        return f"something is wrong or missing at line {first['line']}, column {first['col']}"
    return "it is too deeply nested" if isinstance(error, RecursionError) else "a quote is not closed"


def _require_column(name: str, scope: Scope) -> None:
    if name in COLUMNS[scope]:
        return
    suggestion = nearest(name, COLUMNS[scope])
    hint = f"did you mean {suggestion}?" if suggestion else f"known are {', '.join(sorted(COLUMNS[scope]))}."
    raise PredicateError(f"Unknown column {name!r} in SQL of a rule with scope {scope}: {hint}")


def _require_own_tables(tree: exp.Expr) -> None:
    known = TABLES | {cte.alias for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            raise PredicateError(f"The SELECT of a rule may not read {_short(table.sql('clickhouse'))!r}: only tables.")
        if table.db or table.name not in known:
            name = table.sql("clickhouse", comments=False)
            suggestion = nearest(table.name, known)
            hint = f"did you mean {suggestion}?" if suggestion else f"it may read {', '.join(sorted(TABLES))}."
            raise PredicateError(f"The SELECT of a rule may not read {name!r}: {hint}")


def _require_outputs(names: list[str], scope: Scope) -> None:
    required = ("TraceId", "SpanId") if scope == "span" else ("TraceId",)
    for name in required:
        if name not in names:
            raise PredicateError(f"The SELECT of a rule with scope {scope} must return {name}.")
    if "value" not in names and "label" not in names:
        raise PredicateError("The SELECT of a rule must return a column named value, or label, or both.")
    for name in names:
        if name not in _OUTPUTS:
            suggestion = nearest(name, _OUTPUTS) or ", ".join(_OUTPUTS)
            raise PredicateError(f"The SELECT of a rule returns {name!r}, which is unknown: did you mean {suggestion}?")


def _rendered(tree: exp.Expr) -> str:
    try:
        sql = tree.sql(dialect="clickhouse", comments=False)
    except (SqlglotError, RecursionError) as error:
        raise PredicateError("SQL of a rule is too deeply nested: make it simpler.") from error
    for function in _function_names(sql):
        if is_denied_function(function):
            raise PredicateError(
                f"SQL of a rule may not call {function}(): its result depends on more than the row, or it does more "
                f"than compute."
            )
    return sql


def _function_names(sql: str) -> Iterator[str]:
    tokens = sqlglot.tokenize(sql, read="clickhouse")
    for token, following in itertools.pairwise(tokens):
        if following.text == "(" and re.fullmatch(r"\w+", token.text):
            yield token.text


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:57] + "…"
