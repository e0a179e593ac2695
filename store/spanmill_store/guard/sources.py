"""
What the queries of a statement read: tables of the list, and what the statement itself names with WITH.

A name given with WITH is changed into one that no table has, everywhere. Where exactly ClickHouse lets it be seen then
does not matter: beyond that place the changed name is unknown, and never a table of the same name.
"""

from collections.abc import Collection
from typing import Final

from sqlglot import exp

from spanmill_store.errors import StatementRefused
from spanmill_store.guard.parsing import fragment
from spanmill_store.suggestions import nearest

PREFIX: Final = "with "
"""Before a name given with WITH; no table's name has a space in it."""

MAX_NAMED: Final = 14
"""Tables that a sentence names."""


def require_readable(tree: exp.Expr, readable: Collection[str]) -> None:
    """
    Let pass what reads *readable* only, and give names of WITH their prefix in *tree*.

    Raises:
        StatementRefused: It reads something else, or may run for ever.
    """
    own = {_renamed(cte, readable) for cte in tree.find_all(exp.CTE) if not cte.args.get("scalar")}
    if any(clause.args.get("recursive") for clause in tree.find_all(exp.With)):
        raise StatementRefused("The statement may not have WITH RECURSIVE: it may never end.")
    for clause in tree.find_all(exp.From, exp.Join):
        _require_source(clause)
    for table in tree.find_all(exp.Table):
        _require_table(table, readable, own)
        if table.name in own:
            if not table.alias:
                table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name, quoted=True)))
            table.set("this", exp.to_identifier(PREFIX + table.name, quoted=True))


def unreadable(name: str, readable: Collection[str], shown: str | None = None) -> StatementRefused:
    """What to say of a table that may not be read."""
    suggestion = None if shown and "." in shown else nearest(name, readable)
    hint = f"did you mean {suggestion}?" if suggestion and suggestion != name else f"it may read {_listed(readable)}."
    return StatementRefused(f"The statement may not read {(shown or name)!r}: {hint}")


def _listed(names: Collection[str]) -> str:
    first = ", ".join(list(names)[:MAX_NAMED])
    return first if len(names) <= MAX_NAMED else f"{first} and others, which SHOW TABLES lists"


def _require_source(clause: exp.Expr) -> None:
    # Within ARRAY JOIN sqlglot takes tables for columns, those of sub-selects too: nothing else may stand for a table.
    is_array_join = isinstance(clause, exp.Join) and clause.kind == "ARRAY"
    source = clause.this.this if isinstance(clause.this, exp.Final) else clause.this
    if not is_array_join and not isinstance(source, exp.Table | exp.Subquery):
        raise StatementRefused(f"The statement may not read {fragment(source)!r} here: name a table or a sub-select.")
    if is_array_join and clause.find(exp.Query):
        raise StatementRefused("ARRAY JOIN may not have a sub-select: give the sub-select a name with WITH.")


def _renamed(cte: exp.CTE, readable: Collection[str]) -> str:
    name = cte.alias
    if not isinstance(cte.this, exp.Query):
        raise StatementRefused(f"WITH {name!r} is neither a query nor an expression: write WITH name AS (SELECT …).")
    if cte.args["alias"].columns:
        raise StatementRefused(f"WITH {name!r} names columns in brackets: name them in its SELECT, with AS.")
    if name in readable:
        raise StatementRefused(f"WITH {name!r} has the name of a table: choose another one.")
    cte.set("alias", exp.TableAlias(this=exp.to_identifier(PREFIX + name, quoted=True)))
    return name


def _require_table(table: exp.Table, readable: Collection[str], own: Collection[str]) -> None:
    if isinstance(table.this, exp.Func):
        raise StatementRefused(f"The statement may not read from {table.this.name}(): only tables, no functions.")
    if not isinstance(table.this, exp.Identifier):
        raise StatementRefused(f"The statement may not read {fragment(table)!r}: only tables, no query parameters.")
    if table.args.get("db") or table.name not in {*readable, *own}:
        raise unreadable(table.name, readable, ".".join(part.name for part in table.parts))
