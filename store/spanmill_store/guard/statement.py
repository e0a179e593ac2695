"""
One statement of a person, checked and written anew: the only way from text to the server.

It may be a query (SELECT, WITH, UNION, …), EXPLAIN of one, DESCRIBE of a readable table, or SHOW TABLES. What is
returned is made from the syntax tree that was checked, never from the text that was given.
"""

from collections.abc import Collection
from typing import Final

from sqlglot import Token, TokenType, exp

from spanmill_store.errors import StatementRefused
from spanmill_store.guard.contents import require_allowed, with_types_parsed
from spanmill_store.guard.functions import Functions, allowed
from spanmill_store.guard.parsing import parsed, rendered, shortened, tokens_of
from spanmill_store.guard.sources import require_readable, unreadable
from spanmill_store.guard.syntax import require_known
from spanmill_store.guard.tables import READABLE

_QUERY_WORDS: Final = frozenset({"SELECT", "WITH", "FROM", "("})
_EXPLAIN_KINDS: Final = (("QUERY", "TREE"), ("PLAN",), ("PIPELINE",), ("SYNTAX",))
_EXPLAIN_OPTIONS: Final = frozenset({"actions", "compact", "description", "header", "indexes", "pretty", "projections"})


def checked(text: str, *, restricted: bool = False, bound: Collection[str] = ()) -> str:
    """
    Return the statement *text* as SQL that may be run.

    Args:
        text: What a person wrote.
        restricted: Whether it will see some projects only, which takes what could look past that out of its reach.
        bound: Parameters to which the caller binds values, by ``{name:Type}``; a person's own text has none.

    Raises:
        StatementRefused: It is not one statement, or does something that is not on the lists.
    """
    tokens = tokens_of(text)
    word = tokens[0].text.upper()
    readable = [table.name for table in READABLE.values() if table.has_project or not restricted]
    if word == "EXPLAIN":
        return _explained(text, tokens, readable, restricted)
    if word in {"DESC", "DESCRIBE"}:
        return _described(text, tokens, readable)
    if word == "SHOW":
        return _listed(text, tokens, readable)
    if word not in _QUERY_WORDS:
        raise StatementRefused(
            f"{shortened(word)} is not allowed here: write one SELECT, EXPLAIN, DESCRIBE or SHOW TABLES."
        )
    tree = checked_query(text, tokens, readable, allowed(), bound)
    if restricted and tree.find(exp.PreWhere):
        raise StatementRefused("PREWHERE is evaluated before rows of other projects are left out: write WHERE.")
    return rendered(tree)


def checked_query(
    text: str,
    tokens: list[Token],
    readable: Collection[str],
    callable_functions: Functions,
    bound: Collection[str] = (),
) -> exp.Query:
    """
    Return the syntax tree of *tokens*, one query that reads *readable* and calls *callable_functions* only.

    Of parameters it may have those of *bound*.

    Raises:
        StatementRefused: It is something else.
    """
    tree = with_types_parsed(parsed(text, tokens))
    if not isinstance(tree, exp.Query):
        raise StatementRefused(f"SQL {shortened(text)!r} is not a query: one starts with SELECT or WITH.")
    require_readable(tree, readable)
    require_known(tree, bound)
    require_allowed(tree, callable_functions)
    return tree


def _explained(text: str, tokens: list[Token], readable: Collection[str], restricted: bool) -> str:
    if restricted:
        raise StatementRefused(
            "EXPLAIN shows figures of all projects: leave it out, or ask without a list of projects."
        )
    words = [token.text.upper() for token in tokens]
    start = next((place for place, word in enumerate(words) if word in _QUERY_WORDS), len(words))
    kind = next((kind for kind in _EXPLAIN_KINDS if tuple(words[1 : 1 + len(kind)]) == kind), ())
    options = _options(tokens[1 + len(kind) : start])
    return " ".join(["EXPLAIN", *kind, options, rendered(checked_query(text, tokens[start:], readable, allowed()))])


def _options(tokens: list[Token]) -> str:
    kept = [token for token in tokens if token.token_type != TokenType.COMMA]
    pairs = []
    for name, equals, value in zip(kept[::3], kept[1::3], kept[2::3], strict=False):
        if name.text.lower() in _EXPLAIN_OPTIONS and equals.text == "=" and value.text in {"0", "1"}:
            pairs.append(f"{name.text.lower()} = {value.text}")
    if 3 * len(pairs) != len(kept):
        shown = shortened(" ".join(token.text for token in tokens))
        raise StatementRefused(
            f"EXPLAIN {shown} is not known: write a query behind EXPLAIN, or indexes = 1 and a query."
        )
    return ", ".join(pairs)


def _described(text: str, tokens: list[Token], readable: Collection[str]) -> str:
    words = tokens[2:] if len(tokens) > 2 and tokens[1].text.upper() == "TABLE" else tokens[1:]
    if len(words) != 1 or words[0].token_type not in {TokenType.VAR, TokenType.IDENTIFIER}:
        raise StatementRefused(f"SQL {shortened(text)!r} is not known: write DESCRIBE and the name of a table.")
    if words[0].text not in readable:
        raise unreadable(words[0].text, readable)
    return f"DESCRIBE TABLE {words[0].text}"


def _listed(text: str, tokens: list[Token], readable: Collection[str]) -> str:
    if [token.text.upper() for token in tokens] != ["SHOW", "TABLES"]:
        raise StatementRefused(f"SQL {shortened(text)!r} is not allowed here: of SHOW there is only SHOW TABLES.")
    names = ", ".join(f"'{name}'" for name in readable)
    return f"SELECT arrayJoin([{names}]) AS name"
