"""
ClickHouse's SQL as the guard reads and writes it.

sqlglot translates between dialects: it gives functions names of its own, guesses at types, and writes them as another
dialect would spell them. Here nothing is translated: a function call stays a call of the name that was written, and
strings and identifiers are written in one unambiguous form, so that ClickHouse reads what was checked.
"""

import re
from typing import Final

from sqlglot import TokenType, exp
from sqlglot.dialects.clickhouse import ClickHouse
from sqlglot.generators.clickhouse import ClickHouseGenerator
from sqlglot.parser import Parser
from sqlglot.parsers.clickhouse import ClickHouseParser

_UNITS: Final = "nanosecond microsecond millisecond second minute hour day week month quarter year"
UNITS: Final = frozenset(_UNITS.split())
"""Units of time."""

_DIGITS: Final = "digits"
_BARE: Final = frozenset({"inf", "nan"})
_PLAIN: Final = re.compile(r"[^\\\"`\x00-\x1f\x7f]+")


def _limit(limit: exp.Expr | None) -> tuple[str, exp.Expr | None]:
    # A query may have both: LIMIT 1 BY TraceId LIMIT 10.
    return ("limit_by" if limit and limit.expressions else "limit"), limit


def _cast(parser: Parser, value: exp.Expr, kind: exp.Expr) -> exp.Expr:
    # ClickHouse reads the digits before :: as text, so that 0.1::Decimal(9, 2) is exact and -128::Int8 fits.
    if isinstance(value, exp.Literal) and not value.is_string:
        cast = exp.Cast(this=exp.Literal.string(value.name), to=kind)
        cast.meta[_DIGITS] = True
        return cast
    return parser.expression(exp.Cast(this=value, to=kind))


class GuardParser(ClickHouseParser):
    """Keeps function calls as they are written."""

    FUNCTIONS = {}  # noqa: RUF012 - sqlglot's way to configure a parser, here and below
    NO_PAREN_FUNCTIONS = {}  # noqa: RUF012
    NO_PAREN_FUNCTION_PARSERS = {"CASE": Parser.NO_PAREN_FUNCTION_PARSERS["CASE"]}  # noqa: RUF012
    FUNCTION_PARSERS = {  # noqa: RUF012
        name: ClickHouseParser.FUNCTION_PARSERS[name] for name in ("CAST", "COLUMNS", "EXTRACT")
    }
    COLUMN_OPERATORS = {
        token: ClickHouseParser.COLUMN_OPERATORS[token] for token in (TokenType.DOT, TokenType.DOTCOLON)
    } | {TokenType.DCOLON: _cast}
    QUERY_MODIFIER_PARSERS = {  # noqa: RUF012
        **ClickHouseParser.QUERY_MODIFIER_PARSERS,
        TokenType.LIMIT: lambda self: _limit(self._parse_limit()),
    }

    def _parse_unary(self) -> exp.Expr | None:
        node: exp.Expr | None = super()._parse_unary()
        if isinstance(node, exp.Neg) and node.this.meta.pop(_DIGITS, False):
            cast: exp.Expr = node.this
            cast.this.set("this", f"-{cast.this.name}")
            return cast
        return node

    def _parse_function(
        self,
        functions: object = None,  # noqa: ARG002 - sqlglot's signature
        anonymous: bool = False,
        optional_parens: bool = True,
        any_token: bool = False,
    ) -> exp.Expr | None:
        # Not ClickHouseParser's, which sorts the names that it knows into kinds of its own.
        call: exp.Expr | None = Parser._parse_function(self, None, anonymous, optional_parens, any_token)  # noqa: SLF001
        if not isinstance(call, exp.Anonymous) or not self._match(TokenType.L_PAREN):
            return call
        # An aggregate function with parameters: quantile(0.9)(Duration).
        params = self._parse_csv(self._parse_lambda)
        self._match_r_paren()
        return self._parse_window(
            self.expression(exp.ParameterizedAgg(this=call.this, expressions=call.expressions, params=params))
        )


class GuardGenerator(ClickHouseGenerator):
    """Quotes every identifier and escapes every string, always in the same way."""

    def offset_limit_modifiers(
        self, expression: exp.Expr, fetch: bool, limit: exp.Fetch | exp.Limit | None
    ) -> list[str]:
        """LIMIT BY comes before LIMIT."""
        return [self.sql(expression, "limit_by"), *super().offset_limit_modifiers(expression, fetch, limit)]

    def identifier_sql(self, expression: exp.Identifier) -> str:
        """Quoted, so that no word is taken for a keyword."""
        name = expression.name
        if not expression.quoted and (name.lower() in _BARE or is_unit(expression) or _is_order_by_all(expression)):
            return name
        if not _PLAIN.fullmatch(name):
            message = f"identifier {name!r}"
            raise ValueError(message)
        return f'"{name}"'

    def tuple_sql(self, expression: exp.Tuple) -> str:
        """A tuple of one, which sqlglot would write as mere brackets."""
        members = self.expressions(expression, flat=True)
        is_list = len(expression.expressions) > 1 or isinstance(expression.parent, exp.Distinct | exp.GroupingSets)
        return f"({members})" if is_list else f"tuple({members})"

    def literal_sql(self, expression: exp.Literal) -> str:
        """With the two characters escaped that mean something to ClickHouse."""
        if not expression.is_string:
            return expression.name
        return "'" + expression.name.replace("\\", "\\\\").replace("'", "\\'").replace("\0", "\\0") + "'"


def is_unit(identifier: exp.Identifier) -> bool:
    """Whether *identifier* is a unit of time as in ``dateDiff(day, a, b)``, not a column."""
    column = identifier.parent
    call = column.parent if column else None
    return (
        isinstance(column, exp.Column)
        and isinstance(call, exp.Anonymous)
        and call.expressions[0] is column
        and call.name.lower().startswith(("date", "timestamp"))
        and identifier.name.lower() in UNITS
    )


def _is_order_by_all(identifier: exp.Identifier) -> bool:
    column = identifier.parent
    return identifier.name.upper() == "ALL" and column is not None and isinstance(column.parent, exp.Ordered)


class GuardDialect(ClickHouse):
    """ClickHouse, without translation."""

    class Tokenizer(ClickHouse.Tokenizer):
        """Makes tokens of every word, where sqlglot would take all behind EXPLAIN or SHOW for one string."""

        COMMANDS = set()  # noqa: RUF012

    Parser = GuardParser
    Generator = GuardGenerator
