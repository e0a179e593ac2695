"""
Named queries with a place for SQL of a rule.

Such a query marks the place ``/*[name]*/ default /*[/name]*/``, so that the file can be run as it is. What is filled in
must come from `spanmill_store.scoring.predicates`, which checked it and wrote it anew.
"""

import re
from collections.abc import Mapping
from typing import Final

from spanmill_store import queries

_PLACE: Final = re.compile(r"/\*\[(\w+)\]\*/.*?/\*\[/\1\]\*/", re.DOTALL)


def filled(query: str, parts: Mapping[str, str]) -> str:
    """
    Return the text of the named *query* with *parts* in their places; a place without a part keeps its default.

    Raises:
        KeyError: *query* has no place for one of *parts*, which is a mistake of ours.
    """
    text = queries.text(query)
    unknown = parts.keys() - set(_PLACE.findall(text))
    if unknown:
        raise KeyError(*unknown)
    return _PLACE.sub(lambda place: parts.get(place[1], place[0]), text)
