"""What the constructs of a statement may say: names, numbers, types, functions, and the right side of IN."""

import re
from collections.abc import Callable
from typing import Final

from sqlglot import exp
from sqlglot.errors import SqlglotError

from spanmill_store.errors import StatementRefused
from spanmill_store.guard import functions
from spanmill_store.guard.dialect import UNITS, GuardDialect
from spanmill_store.guard.parsing import fragment, shortened
from spanmill_store.suggestions import nearest

_NUMBER: Final = re.compile(r"(\d[\d_]*\.?\d*|\.\d+)([eE][+-]?\d+)?")
_LONG_NAME: Final = 100
_HEX: Final = re.compile(r"[0-9a-fA-F]+")
_VALUES: Final = (exp.Literal, exp.HexString, exp.Null, exp.Boolean)
"""What may stand alone behind IN, in a list or not: nothing that ClickHouse could take for the name of a table."""

_VIRTUAL: Final = re.compile(r"_(table|database|part|partition|sample|shard|row|block|disk|uuid|path|file)\w*")
_TYPE_NAMES: Final = """
    ARRAY BIGINT BOOLEAN CHAR DATE DATE32 DATETIME DATETIME64 DECIMAL DECIMAL32 DECIMAL64 DECIMAL128 DECIMAL256 DOUBLE
    DYNAMIC ENUM ENUM8 ENUM16 FIXEDSTRING FLOAT INT INT128 INT256 IPV4 IPV6 JSON LOWCARDINALITY MAP SMALLINT STRUCT TEXT
    TIME TIMESTAMP TINYINT UBIGINT UINT UINT128 UINT256 USMALLINT UTINYINT UUID VARCHAR VARIANT
"""
_TYPES: Final = frozenset(exp.DType[name] for name in _TYPE_NAMES.split())
"""Types to cast to. States of aggregate functions are not among them: nobody may make one up from bytes."""


def require_allowed(tree: exp.Expr, callable_functions: functions.Functions) -> None:
    """
    Let pass what names nothing but *callable_functions* and allowed types and values.

    Raises:
        StatementRefused: Something is not allowed.
    """
    for node in tree.walk():
        if isinstance(node, exp.Anonymous | exp.ParameterizedAgg):
            _require_callable(node.this, callable_functions)
        elif check := _CHECKS.get(type(node)):
            check(node)


def with_types_parsed(tree: exp.Expr) -> exp.Expr:
    """Return *tree* with each ``CAST(x, 'Type')`` as ``CAST(x AS Type)``, so that the type is looked at."""
    return tree.transform(_with_type_parsed, copy=False)


def _with_type_parsed(node: exp.Expr) -> exp.Expr:
    if not isinstance(node, exp.CastToStrType):
        return node
    try:
        kind = exp.DataType.from_str(node.args["to"].name, dialect=GuardDialect)
    except (SqlglotError, AttributeError, ValueError, RecursionError) as error:
        raise StatementRefused(f"The type in {fragment(node)!r} is not known: write CAST(x AS Type).") from error
    kind.set("nullable", bool(kind.args.get("nullable")))
    return exp.Cast(this=node.this, to=kind)


def _require_callable(name: object, known: functions.Functions) -> None:
    if not isinstance(name, str):
        raise StatementRefused(f"The name of the function {name} stands in quotes: write it without.")
    if not known.allows(name):
        suggestion = nearest(name, known.suggestions(), similarity=0.8) if len(name) < _LONG_NAME else None
        hint = f"did you mean {suggestion}()?" if suggestion else "it is not on the list of those that only compute."
        raise StatementRefused(f"The statement may not call {shortened(name)}(): {hint}")


def _in(node: exp.Expr) -> None:
    right = node.args.get("field") or _alone(node)
    while right is not None and not isinstance(right, exp.Query):
        within = right.this if isinstance(right, exp.Paren | exp.Neg | exp.Cast) else _alone(right)
        if within is None and not isinstance(right, _VALUES) and not _is_list(right):
            name = fragment(right)
            raise StatementRefused(
                f"{name} behind IN may name a table: write a list of values, a sub-select, or has({name}, …) for an "
                "array."
            )
        right = within


def _alone(node: exp.Expr) -> exp.Expr | None:
    """The one member of a list, which ClickHouse reads as if it stood without brackets."""
    return node.expressions[0] if _is_list(node) and len(node.expressions) == 1 else None


def _is_list(node: exp.Expr) -> bool:
    is_call = isinstance(node, exp.Anonymous) and node.this in {"tuple", "array"}
    return is_call or isinstance(node, exp.In | exp.Tuple | exp.Array)


def _interval(node: exp.Expr) -> None:
    if not isinstance(node.args.get("unit"), exp.Var):
        raise StatementRefused(f"The statement has {fragment(node)!r} without a unit of time: write INTERVAL 1 DAY.")


def _type(node: exp.Expr) -> None:
    if node.this not in _TYPES:
        raise StatementRefused(f"The statement may not cast to {fragment(node)}: use one of ClickHouse's plain types.")


def _literal(node: exp.Expr) -> None:
    if not node.is_string and not _NUMBER.fullmatch(node.name):
        raise StatementRefused(f"The statement has {shortened(node.name)!r} where a number belongs.")


def _hex(node: exp.Expr) -> None:
    if not _HEX.fullmatch(node.name):
        raise StatementRefused(f"The statement has {shortened(node.name)!r} where a number belongs.")


def _word(node: exp.Expr) -> None:
    is_parameter = isinstance(node.parent, exp.Placeholder)
    if not is_parameter and node.name.lower() not in UNITS:
        raise StatementRefused(f"The statement has {shortened(node.name)!r} where a unit of time belongs, such as DAY.")


def _column(node: exp.Expr) -> None:
    _require_name(node, node.this)
    if _VIRTUAL.fullmatch(node.name):
        raise StatementRefused(f"The statement may not read {node.name}: it is a column of ClickHouse's own.")


def _dot(node: exp.Expr) -> None:
    _require_name(node, node.expression)


def _require_name(node: exp.Expr, name: exp.Expr) -> None:
    if not isinstance(name, exp.Identifier | exp.Literal | exp.Star):
        shown = fragment(node)
        raise StatementRefused(f"The statement may not contain {shown!r}: only names and numbers follow a dot.")


def _columns(node: exp.Expr) -> None:
    if not (isinstance(node.this, exp.Literal) and node.this.is_string):
        raise StatementRefused("COLUMNS takes one pattern in quotes: write COLUMNS('pattern').")


_CHECKS: Final[dict[type[exp.Expr], Callable[[exp.Expr], None]]] = {
    exp.In: _in,
    exp.Interval: _interval,
    exp.DataType: _type,
    exp.Literal: _literal,
    exp.HexString: _hex,
    exp.Var: _word,
    exp.Column: _column,
    exp.Dot: _dot,
    exp.Columns: _columns,
}
