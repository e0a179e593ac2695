"""Which view a rule's SQL is computed over: a quick one, wherever that has all columns that the SQL names."""

import re
from collections.abc import Mapping
from typing import Final

from spanmill_store.scoring.predicates import Scope

_QUICK: Final[Mapping[str, str]] = {"trace": "trace_facts", "span": "span_facts"}
"""Views that have fewer columns than ``traces`` and ``spans``, and take a fraction of the time."""

_ONLY_IN_FULL: Final[Mapping[str, frozenset[str]]] = {
    "trace": frozenset({"InputTokens", "OutputTokens", "CachedTokens", "CostUsd"}),
    "span": frozenset({"SpanAttributes", "Input", "InputText", "Output", "OutputText", "SystemPrompt"}),
}
"""The columns that the quick ones lack."""

_WORD: Final = re.compile(r"\w+")


def place_of(scope: Scope, *sql: str) -> dict[str, str]:
    """
    Return what goes into the place ``[from]`` of a named query over *scope* for checked *sql*; nothing: the full view.

    A word that only looks like the name of a column, as in a text, costs time and is no mistake.
    """
    words = {word for text in sql for word in _WORD.findall(text)}
    return {} if scope not in _QUICK or words & _ONLY_IN_FULL[scope] else {"from": _QUICK[scope]}
