"""From text to one syntax tree and back, without a look at what it says."""

import functools
import re
from typing import Final

from sqlglot import Token, TokenType, exp
from sqlglot.errors import ErrorLevel, ParseError, SqlglotError, TokenError, UnsupportedError

from spanmill_store.errors import StatementRefused
from spanmill_store.guard.dialect import GuardDialect

MAX_CHARS: Final = 50_000
_SHOWN_CHARS: Final = 60
_ESCAPED: Final = re.compile(r"(?:[^\\]|\\[^x]|\\x[0-7][0-9a-fA-F])*", re.DOTALL)


@functools.cache
def _dialect() -> GuardDialect:
    return GuardDialect()


def tokens_of(text: str, max_chars: int = MAX_CHARS) -> list[Token]:
    """
    Return the tokens of the one statement in *text*, without comments and the semicolon at its end.

    Raises:
        StatementRefused: It is too long, not one statement, or has a quote that is not closed.
    """
    if len(text) > max_chars:
        raise StatementRefused(
            f"SQL {shortened(text)!r} is {len(text)} characters long: at most {max_chars} are allowed."
        )
    if "\0" in text:
        raise StatementRefused(f"SQL {shortened(text)!r} has a character of code 0: remove it.")
    try:
        tokens = _dialect().tokenize(text)
    except (TokenError, ValueError) as error:
        raise StatementRefused(f"SQL {shortened(text)!r} cannot be read: a quote is not closed.") from error
    for token in tokens:
        _require_plain_escapes(text[token.start : token.end + 1], token)
    while tokens and tokens[-1].token_type == TokenType.SEMICOLON:
        tokens.pop()
    ends = sum(token.token_type == TokenType.SEMICOLON for token in tokens)
    if ends or not tokens:
        raise StatementRefused(f"SQL {shortened(text)!r} is {ends + 1 if tokens else 0} statements: write exactly one.")
    return tokens


def _require_plain_escapes(raw: str, token: Token) -> None:
    # Of an incomplete escape, and of a single byte that is no character, everybody makes something else.
    if token.token_type == TokenType.STRING and not _ESCAPED.fullmatch(raw):
        raise StatementRefused(
            f"The string {shortened(raw)} has a \\x that is no ASCII character: write it as unhex('…')."
        )


def parsed(text: str, tokens: list[Token]) -> exp.Expr:
    """
    Return the syntax tree of *tokens*, which come from *text*.

    Raises:
        StatementRefused: They make no sense, or nest too deeply.
    """
    try:
        [tree] = _dialect().parser().parse(tokens, text)
    except (SqlglotError, RecursionError, ValueError, TypeError, AttributeError, LookupError) as error:
        # The last four come from sqlglot too, where it did not expect what it read.
        raise StatementRefused(f"SQL {shortened(text)!r} cannot be read: {_complaint(error)}.") from error
    if tree is None:
        raise StatementRefused(f"SQL {shortened(text)!r} cannot be read: something is missing.")
    return tree


def rendered(tree: exp.Expr) -> str:
    """
    Return *tree* as SQL, and make sure that it is read again as what was checked.

    Raises:
        StatementRefused: It nests too deeply, or has a name that cannot be written safely.
    """
    sql = _generated(tree)
    again = _generated(parsed(sql, tokens_of(sql, 4 * MAX_CHARS)))
    if again != sql:
        raise StatementRefused(f"SQL {shortened(sql)!r} can be read in more than one way: write it more simply.")
    return sql


def shortened(text: str) -> str:
    """*text* as an error shows it: on one line, not too long."""
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN_CHARS else line[: _SHOWN_CHARS - 1] + "…"


def fragment(tree: exp.Expr) -> str:
    """Part of a statement as an error shows it, whatever it is."""
    try:
        sql = tree.sql(dialect=_dialect(), comments=False, unsupported_level=ErrorLevel.IGNORE)
        return shortened(sql.replace('"', ""))
    except (SqlglotError, RecursionError, ValueError, TypeError, AttributeError, LookupError):
        return type(tree).__name__


def _generated(tree: exp.Expr) -> str:
    try:
        return tree.sql(dialect=_dialect(), comments=False, unsupported_level=ErrorLevel.RAISE)
    except UnsupportedError as error:
        raise StatementRefused("The statement has what ClickHouse does not know: write it more simply.") from error
    except ValueError as error:
        raise StatementRefused(
            f"The statement has the {error}: leave out quotes, backslashes and control characters."
        ) from error
    except (SqlglotError, RecursionError) as error:
        raise StatementRefused("The statement is too deeply nested: make it simpler.") from error


def _complaint(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is too deeply nested"
    if isinstance(error, ParseError) and error.errors:
        first = error.errors[0]
        return f"something is wrong or missing at line {first['line']}, column {first['col']}"
    return "something is wrong in it"
