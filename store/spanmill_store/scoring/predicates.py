"""
Text of rules that becomes SQL: the only place where it does.

A rule may bring one scalar expression (``where``, ``value``, ``label``, ``reason``) or one whole SELECT. Both are
parsed, held against the lists of `spanmill_store.guard` and the shorter ones of rules, and written anew from the syntax
tree, so that nothing of the user's own spelling (comments, a second statement, an unbalanced bracket) reaches
ClickHouse. The result is put into a named query by `spanmill_store.scoring.templates`; `spanmill_store.scoring.checks`
asks whether the server can compile it.
"""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Final, Literal

from sqlglot import exp

from spanmill_store.errors import SpanmillError, StatementRefused
from spanmill_store.guard.contents import require_allowed, with_types_parsed
from spanmill_store.guard.functions import allowed
from spanmill_store.guard.parsing import parsed, rendered, shortened, tokens_of
from spanmill_store.guard.statement import checked_query
from spanmill_store.guard.syntax import require_known
from spanmill_store.scoring.predicate_names import COLUMNS, TABLES, is_unstable_function
from spanmill_store.scoring.references import TRACE, References, found_in, replaced
from spanmill_store.suggestions import nearest

Scope = Literal["trace", "span", "session"]

MAX_CHARS: Final = 20_000
_FORBIDDEN: Final[tuple[tuple[type[exp.Expr], str], ...]] = (
    (exp.Query, "a sub-select"),
    (exp.Table, "a table"),
    (exp.Window, "a window function"),
    (exp.Star, "*"),
    (exp.Columns, "COLUMNS"),
    (exp.Alias, "an alias"),
    (exp.Placeholder, "a query parameter"),
    (exp.Parameter, "a query parameter"),
)
"""What an expression may not contain, and how it is called in the error."""

_KEYS: Final[Mapping[Scope, tuple[str, ...]]] = {
    "trace": ("TraceId",),
    "span": ("TraceId", "SpanId"),
    "session": ("Project", "SessionId"),
}
"""
What the SELECT of a rule has to return, so that it is known what its rows are about: ids of traces are unlike any
others, those of sessions may be the same in two projects.
"""

_OUTPUTS: Final[Mapping[Scope, tuple[str, ...]]] = {
    scope: (*(("Project", "SessionId") if scope == "session" else ("TraceId", "SpanId")), "value", "label", "reason")
    for scope in _KEYS
}
"""What it may return."""


class PredicateError(SpanmillError):
    """SQL of a rule is not something that may be run."""


def checked_expression(text: str, scope: Scope) -> str:
    """
    Return *text*, one scalar expression over the columns of *scope*'s table, as SQL that is safe to place in a query.

    Raises:
        PredicateError: It is not one expression, or names a column, function or construct that it may not.
    """
    with _refusals():
        tree = _scalar(text)
        for column in tree.find_all(exp.Column):
            _require_column(".".join(part.name for part in column.parts), scope)
        return _rendered(tree)


def checked_condition(text: str, scope: Scope) -> tuple[str, References]:
    """
    Return *text*, the condition of a rule or of a stratum, as SQL that is safe to place in a query, and what it names.

    It may name what an expression may, of its span's trace ``trace.ErrorCount`` and the like, and what other rules said
    of the same target: ``score('name')`` and ``label('name')``.

    Raises:
        PredicateError: As `checked_expression`.
    """
    with _refusals():
        tree = _scalar(text)
        for column in tree.find_all(exp.Column):
            if column.table == TRACE and scope == "span" and len(column.parts) == 2:
                _require_column(column.name, "trace")
            else:
                _require_column(".".join(part.name for part in column.parts), scope)
        references = found_in(tree)
        return _rendered(replaced(tree)), references


def _scalar(text: str) -> exp.Expr:
    tree = with_types_parsed(parsed(text, tokens_of(text, MAX_CHARS)))
    if not isinstance(tree, exp.Condition) or isinstance(tree, exp.Query):
        message = f"SQL {shortened(text)!r} is not an expression: write a condition or a value over columns."
        raise PredicateError(message)
    _require_scalar(tree, text)
    return tree


def _rendered(tree: exp.Expr) -> str:
    require_known(tree)
    require_allowed(tree, allowed(for_rules=True))
    _require_stable(tree)
    return rendered(tree)


def checked_select(text: str, scope: Scope) -> str:
    """
    Return *text*, one SELECT over spanmill's own tables, as SQL that is safe to place in a query.

    Raises:
        PredicateError: It is not one SELECT, reads something else, or does not return what a scorer must.
    """
    with _refusals():
        tokens = tokens_of(text, MAX_CHARS)
        if tokens[0].text.upper() not in {"SELECT", "WITH"}:
            raise PredicateError(
                f"SQL {shortened(text)!r} is not a query: a rule's starts with SELECT {', '.join(_KEYS[scope])}."
            )
        tree = checked_query(text, tokens, sorted(TABLES), allowed(for_rules=True))
        _require_stable(tree)
        _require_outputs(tree.named_selects, scope)
        return rendered(tree)


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except StatementRefused as error:
        raise PredicateError(str(error)) from error


def _require_scalar(tree: exp.Expr, text: str) -> None:
    for kind, called in _FORBIDDEN:
        if tree.find(kind):
            raise PredicateError(f"SQL {shortened(text)!r} contains {called}, which an expression of a rule may not.")
    for call in tree.find_all(exp.Anonymous, exp.ParameterizedAgg):
        if allowed(for_rules=True).is_aggregate(call.name):
            raise PredicateError(
                f"SQL {shortened(text)!r} contains an aggregate function, which an expression of a rule may not."
            )


def _require_stable(tree: exp.Expr) -> None:
    for call in tree.find_all(exp.Anonymous, exp.ParameterizedAgg):
        if is_unstable_function(call.name):
            raise PredicateError(f"SQL of a rule may not call {call.name}(): its result depends on more than the row.")


def _require_column(name: str, scope: Scope) -> None:
    if name in COLUMNS[scope]:
        return
    suggestion = nearest(name, COLUMNS[scope])
    hint = f"did you mean {suggestion}?" if suggestion else f"known are {', '.join(sorted(COLUMNS[scope]))}."
    raise PredicateError(f"Unknown column {name!r} in SQL of a rule with scope {scope}: {hint}")


def _require_outputs(names: list[str], scope: Scope) -> None:
    for name in _KEYS[scope]:
        if name not in names:
            raise PredicateError(f"The SELECT of a rule with scope {scope} must return {name}.")
    if "value" not in names and "label" not in names:
        raise PredicateError("The SELECT of a rule must return a column named value, or label, or both.")
    for name in names:
        if name not in _OUTPUTS[scope]:
            suggestion = nearest(name, _OUTPUTS[scope]) or ", ".join(_OUTPUTS[scope])
            raise PredicateError(f"The SELECT of a rule returns {name!r}, which is unknown: did you mean {suggestion}?")
