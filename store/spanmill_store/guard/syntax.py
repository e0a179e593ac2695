"""
Which constructs a statement may be made of: a closed list of syntax nodes and, of each, a closed list of its parts.

What sqlglot gives another name to, because it is new or because it is not reading, is not on the list and refused.
"""

from collections.abc import Collection, Iterator
from typing import Final

from sqlglot import exp

from spanmill_store.errors import StatementRefused
from spanmill_store.guard.parsing import fragment

_TWO: Final = "this expression"

_PARTS: Final[dict[type[exp.Expr], str]] = {
    # queries
    exp.Select: (
        "with_ distinct expressions from_ joins prewhere where group having windows qualify order limit_by limit offset"
    ),
    exp.Union: "with_ this expression distinct order limit offset",
    exp.Except: "with_ this expression distinct order limit offset",
    exp.Intersect: "with_ this expression distinct order limit offset",
    exp.Subquery: "with_ this alias joins",
    exp.With: "expressions",
    exp.CTE: "this alias scalar",
    exp.Distinct: "expressions on",
    exp.From: "this",
    exp.Table: "this alias joins",
    exp.TableAlias: "this",
    exp.Final: "this",
    exp.Join: "this on side kind using method global_ expressions",
    exp.PreWhere: "this",
    exp.Where: "this",
    exp.Group: "expressions grouping_sets cube rollup totals all",
    exp.Cube: "expressions",
    exp.Rollup: "expressions",
    exp.GroupingSets: "expressions",
    exp.Having: "this",
    exp.Qualify: "this",
    exp.Order: "expressions",
    exp.Ordered: "this desc nulls_first with_fill",
    exp.WithFill: "from_ to step interpolate",
    exp.Limit: "expression expressions offset limit_options",
    exp.LimitOptions: "rows with_ties",
    exp.Offset: "expression expressions",
    exp.Fetch: "direction count limit_options",
    # names and values
    exp.Alias: "this alias",
    exp.Column: "this table db catalog",
    exp.Columns: "this",
    exp.Dot: _TWO,
    exp.Identifier: "this quoted",
    exp.Star: "except_ replace",
    exp.Literal: "this is_string",
    exp.HexString: "this is_integer",
    exp.Boolean: "this",
    exp.Null: "",
    exp.Interval: "this unit",
    exp.Var: "this",
    exp.Array: "expressions",
    exp.Tuple: "expressions",
    exp.Bracket: "this expressions",
    exp.Paren: "this",
    # calls
    exp.Anonymous: "this expressions",
    exp.ParameterizedAgg: "this expressions params",
    exp.Lambda: "this expressions",
    exp.Filter: _TWO,
    exp.IgnoreNulls: "this",
    exp.RespectNulls: "this",
    exp.Window: "this partition_by order spec alias over",
    exp.WindowSpec: "kind start start_side end end_side",
    exp.Cast: "this to",
    exp.DataType: "this expressions nested nullable",
    exp.DataTypeParam: "this",
    exp.ColumnDef: "this kind",
    exp.JSONCast: "this to",
    exp.Extract: _TWO,
    exp.Case: "this ifs default",
    exp.If: "this true false",
    exp.Exists: "this",
    exp.In: "this expressions query field is_global",
    exp.Between: "this low high",
    exp.Like: "this expression negate",
    exp.ILike: "this expression negate",
    exp.RegexpLike: _TWO,
    exp.Is: _TWO,
    # operators
    **dict.fromkeys((exp.And, exp.Or, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE), _TWO),
    **dict.fromkeys((exp.NullSafeEQ, exp.NullSafeNEQ, exp.Add, exp.Sub, exp.Mul, exp.Mod, exp.IntDiv), _TWO),
    exp.Div: "this expression typed safe",
    exp.DPipe: "this expression safe",
    exp.Not: "this",
    exp.Neg: "this",
}

_AROUND_QUERIES: Final = exp.Subquery | exp.SetOperation | exp.CTE | exp.Exists | exp.In

_CALLED: Final[dict[type[exp.Expr], str]] = {
    exp.Placeholder: "a query parameter",
    exp.Parameter: "a query parameter",
    exp.SessionParameter: "a query parameter",
    exp.Heredoc: "a heredoc string",
    exp.RawString: "a heredoc string",
    exp.Apply: "APPLY",
    exp.TableSample: "SAMPLE",
    exp.Values: "VALUES",
    exp.Struct: "a map literal",
    exp.VarMap: "a map literal",
    exp.Any: "ANY with a sub-select",
    exp.All: "ALL with a sub-select",
}


def require_known(tree: exp.Expr, bound: Collection[str] = ()) -> None:
    """
    Let pass what is made of known constructs only, and of values for the parameters *bound*.

    Raises:
        StatementRefused: Something is not on the list.
    """
    for node in tree.walk():
        parts = "this kind" if _is_bound(node, bound) else _PARTS.get(type(node))
        if parts is None:
            called = _CALLED.get(type(node)) or f"{fragment(node)!r}"
            raise StatementRefused(
                f"The statement may not contain {called}: write it with SELECT, joins, functions and operators."
            )
        if isinstance(node, exp.Select | exp.SetOperation):
            _require_whole(node)
        for name in _given(node):
            if name not in parts.split():
                raise StatementRefused(f"The statement may not have {name.strip('_').upper()}: remove it.")


def _is_bound(node: exp.Expr, bound: Collection[str]) -> bool:
    # Identifier, by which ClickHouse would bind the name of a table, is not a type to sqlglot.
    return isinstance(node, exp.Placeholder) and node.name in bound and isinstance(node.args.get("kind"), exp.DataType)


def _require_whole(query: exp.Expr) -> None:
    if isinstance(query, exp.Select) and not query.expressions:
        raise StatementRefused("A SELECT of the statement has no columns: name at least one, or write *.")
    if not isinstance(query.parent, _AROUND_QUERIES | None):
        raise StatementRefused(f"The sub-select {fragment(query)!r} stands without brackets: write (SELECT …).")


def _given(node: exp.Expr) -> Iterator[str]:
    return (name for name, value in node.args.items() if value is not None and value is not False and value != [])
