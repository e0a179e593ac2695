"""
What a condition of a rule may name besides its target's row: the trace of a span, and what other rules said of it.

``trace.ErrorCount`` becomes a column that the named queries join to spans, ``score('name')`` and ``label('name')``
become look-ups in the maps of scores that they join to targets; on the syntax tree, never in the text.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlglot import exp

from spanmill_store.errors import StatementRefused

TRACE: Final = "trace"
TRACE_PREFIX: Final = "spanmill_trace_"
MAPS: Final = {"score": "spanmill_values", "label": "spanmill_labels"}
"""Function of a condition → the map of scores that it looks into."""

MAX_NAMES: Final = 50


@dataclass(frozen=True, slots=True)
class References:
    """
    What a condition names.

    Attributes:
        reads_trace: Whether it names columns of the trace of a span.
        scores: Names of the scores of other rules.
    """

    reads_trace: bool = False
    scores: frozenset[str] = frozenset()


def found_in(tree: exp.Expr) -> References:
    """
    Return what *tree* names; its columns have been checked.

    Raises:
        StatementRefused: ``score()`` or ``label()`` has not exactly one name in quotes.
    """
    names = frozenset(_name(call) for call in _calls(tree))
    if len(names) > MAX_NAMES:
        raise StatementRefused(
            f"SQL of a rule asks for {len(names)} scores of other rules: at most {MAX_NAMES} may be."
        )
    return References(any(column.table == TRACE for column in tree.find_all(exp.Column)), names)


def replaced(tree: exp.Expr) -> exp.Expr:
    """Return *tree* with what it names as the named queries call it."""
    return tree.transform(_replacement)


def _replacement(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Column) and node.table == TRACE:
        return exp.column(f"{TRACE_PREFIX}{node.name}")
    if isinstance(node, exp.Anonymous) and node.name in MAPS:
        return exp.Bracket(this=exp.column(MAPS[node.name]), expressions=[exp.Literal.string(_name(node))])
    return node


def _calls(tree: exp.Expr) -> Iterator[exp.Anonymous]:
    return (call for call in tree.find_all(exp.Anonymous) if call.name in MAPS)


def _name(call: exp.Anonymous) -> str:
    given = call.expressions
    if len(given) != 1 or not (isinstance(given[0], exp.Literal) and given[0].is_string):
        raise StatementRefused(f"{call.name}() in SQL of a rule takes the name of one score in quotes.")
    return str(given[0].this)
