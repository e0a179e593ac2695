"""
What kind of statement a request holds, read from its tokens, without parsing SQL.

The HTTP interface has to know three things that the engine does not tell: whether rows can be streamed out, where the
data of an INSERT begins, and whether there is more than one statement. Everything else is the engine's to judge.
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

from spanmill_store.embedded.errors import ClickHouseError, syntax_error

_TOKEN: Final = re.compile(
    rb"""
      (?P<space>[\s\0]+ | --[^\n]*(?:\n|\Z) | \#[ !][^\n]*(?:\n|\Z) | /\*.*?(?:\*/|\Z))
    | (?P<string>'(?:[^'\\]|\\.|'')*(?:'|\Z) | \$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|\Z))
    | (?P<quoted>"(?:[^"\\]|\\.|"")*(?:"|\Z) | `(?:[^`\\]|\\.|``)*(?:`|\Z))
    | (?P<word>[A-Za-z_0-9\x80-\xff][\w$\x80-\xff]*)
    | (?P<other>.)
    """,
    re.DOTALL | re.VERBOSE,
)
_DATA_GAP: Final = re.compile(rb"[ \t\f]*(?:\r?\n)?")
_OPENING: Final = frozenset(b"([{")
_CLOSING: Final = frozenset(b")]}")
_STREAMED: Final = frozenset({b"SELECT", b"WITH", b"FROM"})
_READING: Final = _STREAMED | {b"SHOW", b"DESCRIBE", b"DESC", b"EXISTS", b"EXPLAIN", b"CHECK"}


class Kind(Enum):
    """How a statement is run."""

    EMPTY = "empty"
    SELECT = "select"
    """Rows are streamed through a pipe."""
    INSERT = "insert"
    """Rows come from the request's body."""
    COMMAND = "command"
    """Everything else; what little it answers is held in memory."""


class Token(NamedTuple):
    """A significant token: its upper-cased text where it is a bare word, its place and its bracket depth."""

    word: bytes
    is_name: bool
    start: int
    end: int
    depth: int


@dataclass(frozen=True, slots=True)
class Statement:
    """
    One statement, cut where the engine's calls need it cut.

    Attributes:
        kind: How to run it.
        body: The text without FORMAT clause, SETTINGS beside it and data.
        output_format: What a trailing FORMAT clause names, else None; of an INSERT, the format of its data.
        tail: The SETTINGS clause behind FORMAT, of an INSERT the one before it, else empty.
        data_start: Where the data of an INSERT begins in the text that was read.
        is_reading: Whether it can change nothing.
        first_word: The keyword it begins with.
    """

    kind: Kind
    body: bytes
    output_format: str | None = None
    tail: bytes = b""
    data_start: int = 0
    is_reading: bool = True
    first_word: str = ""


def read_statement(text: bytes) -> Statement:
    """
    Classify the one statement in *text*.

    Raises:
        ClickHouseError: There are several statements, or the statement reads or writes a file of the client's.
    """
    tokens = _tokens(text)
    first = next((token for token in tokens if token.word != b"("), None)
    if first is None:
        return Statement(Kind.EMPTY, text)
    if first.word == b"INSERT":
        return _insert(text, first, tokens)
    return _query(text, first, list(tokens))


def _tokens(text: bytes) -> Iterator[Token]:
    depth = 0
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "space":
            continue
        word = match[0]
        if kind == "other":
            depth -= word[0] in _CLOSING
            yield Token(word, False, match.start(), match.end(), depth)
            depth += word[0] in _OPENING
        else:
            is_bare = kind == "word"
            is_name = is_bare or match["quoted"] is not None
            yield Token(word.upper() if is_bare else b"", is_name, match.start(), match.end(), depth)


def _query(text: bytes, first: Token, rest: list[Token]) -> Statement:
    rest = _without_end(rest)
    _refuse_files(
        rest, b"INTO", b"OUTFILE", ClickHouseError(358, "INTO_OUTFILE_NOT_ALLOWED", "INTO OUTFILE is not allowed")
    )
    end = rest[-1].end if rest else first.end
    is_insert = first.word == b"WITH" and _has_pair(rest, b"INSERT", b"INTO")
    is_reading = first.word in _READING and not is_insert
    name = first.word.decode("latin-1")
    if first.word not in _STREAMED or is_insert:
        return Statement(Kind.COMMAND, text[:end], _format_name(text, rest), is_reading=is_reading, first_word=name)
    clause = _format_clause(rest)
    if clause is None:
        return Statement(Kind.SELECT, text[:end], first_word=name)
    keyword, format_name = rest[clause], rest[clause + 1]
    return Statement(
        Kind.SELECT,
        text[: keyword.start],
        _unquoted(text, format_name),
        text[format_name.end : end].strip(),
        first_word=name,
    )


def _insert(text: bytes, first: Token, tokens: Iterator[Token]) -> Statement:
    previous = first
    seen: list[Token] = []
    settings: int | None = None
    for token in tokens:
        seen.append(token)
        is_target = previous.word in {b"INTO", b"TABLE", b"FUNCTION", b"."}
        if token.depth == 0 and not is_target:
            if token.word == b"SETTINGS" and settings is None:
                settings = token.start
            if token.word == b"VALUES":
                return _with_data(text, settings, token.start, "Values", token.end)
            if token.word == b"FORMAT":
                name = next(tokens, None)
                if name is not None and name.is_name:
                    gap = _DATA_GAP.match(text, name.end)
                    start = gap.end() if gap else name.end
                    return _with_data(text, settings, token.start, _unquoted(text, name), start)
            if token.word == b"INFILE" and previous.word == b"FROM":
                raise ClickHouseError(78, "UNKNOWN_TYPE_OF_QUERY", "Query has infile and was send directly to server")
        if token.word in {b"SELECT", b"WITH"} and not is_target:
            break
        previous = token
    rest = _without_end([*seen, *tokens])
    end = rest[-1].end if rest else first.end
    return Statement(Kind.COMMAND, text[:end], is_reading=False, first_word="INSERT")


def _with_data(text: bytes, settings: int | None, clause_start: int, input_format: str, data_start: int) -> Statement:
    body_end = clause_start if settings is None else settings
    body, tail = text[:body_end], text[body_end:clause_start]
    return Statement(Kind.INSERT, body, input_format, tail, data_start, is_reading=False, first_word="INSERT")


def _without_end(tokens: list[Token]) -> list[Token]:
    for index, token in enumerate(tokens):
        if token.word == b";":
            if any(later.word != b";" for later in tokens[index:]):
                raise syntax_error("Syntax error (Multi-statements are not allowed)")
            return tokens[:index]
    return tokens


def _refuse_files(tokens: list[Token], first: bytes, second: bytes, error: ClickHouseError) -> None:
    if _has_pair(tokens, first, second):
        raise error


def _has_pair(tokens: list[Token], first: bytes, second: bytes) -> bool:
    return any(one.word == first and two.word == second for one, two in itertools.pairwise(tokens))


def _format_clause(tokens: list[Token]) -> int | None:
    for index in range(len(tokens) - 2, -1, -1):
        token, name = tokens[index], tokens[index + 1]
        if token.word == b"FORMAT" and token.depth == 0 and name.is_name:
            following = tokens[index + 2] if index + 2 < len(tokens) else None
            if following is None or following.word == b"SETTINGS":
                return index
    return None


def _format_name(text: bytes, tokens: list[Token]) -> str | None:
    clause = _format_clause(tokens)
    return None if clause is None else _unquoted(text, tokens[clause + 1])


def _unquoted(text: bytes, token: Token) -> str:
    return text[token.start : token.end].strip(b'"`').decode("utf-8", "replace")
