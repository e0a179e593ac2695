"""
Which attributes hold what went in and out of a span: the first that is not empty, by number.

Names of content have places, in order of precedence, in the upper half of their codes. A list that is spread over many
attributes (``llm.input_messages.0.…``) begins with a name that nothing else knows, and counts as one more place.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from spanmill_store.mapping import indexed
from spanmill_store.mapping.dialects import Source
from spanmill_store.mapping.lookup import FIELD_BITS, KEYS, VALUES

EVENTS: Final = "event"
"""Stands for content in span events, as the name of the attribute that holds it."""


class Contents:
    """
    The SQL that finds the names of *fields* among SpanAttributes, by way of the columns Codes and Others.

    Attributes:
        codes: Name of an attribute, or how a list begins → its code.
    """

    def __init__(self, fields: Mapping[str, Iterable[Source]]) -> None:
        self._names = {field: [source.attribute for source in sources] for field, sources in fields.items()}
        names = [name for found in self._names.values() for name in found]
        names += (*indexed.INPUTS, *indexed.OUTPUTS, *indexed.DOCUMENTS, EVENTS)
        self.codes = {name: place << FIELD_BITS for place, name in enumerate(names, 1)}

    def found(self) -> str:
        """SQL for the codes of the attributes that hold content, and have any."""
        return f"arrayFilter((code, value) -> code >= {1 << FIELD_BITS} AND value != '', Codes, {VALUES})"

    def first(self, field: str) -> str:
        """SQL for the code of the first name of *field* that the span has, 0 where it has none."""
        first, last = self.codes[self._names[field][0]], self.codes[self._names[field][-1]] + (1 << FIELD_BITS)
        return f"arrayMin(arrayFilter(code -> code >= {first} AND code < {last}, Contents))"

    def list_under(self, starts: tuple[str, ...]) -> str:
        """SQL for the code of the first of *starts* under which the span has a list, 0 where it has none."""
        tried = ", ".join(f"{indexed.occurs(start)}, {self.codes[start]}" for start in starts)
        return f"multiIf({tried}, 0)"

    def has_any(self, *names: str) -> str:
        """SQL for whether the span has content in any attribute of *names*."""
        places = [self._place(name) for name in names]
        return f"arrayExists(code -> bitShiftRight(code, {FIELD_BITS}) IN {places}, Contents)"

    def name(self, code: str) -> str:
        """SQL for the name that has the code *code*, the empty string for 0."""
        places = [self._place(name) for name in self.codes]
        return f"transform(bitShiftRight({code}, {FIELD_BITS}), {places}, {list(self.codes)}, '')"

    def _place(self, name: str) -> int:
        return self.codes[name] >> FIELD_BITS


def codes(*known: Mapping[str, int]) -> str:
    """SQL for the codes of a span's attributes, in their order, 0 where a name is in none of *known*."""
    names = list(dict.fromkeys(name for table in known for name in table))
    values = [sum(table.get(name, 0) for table in known) for name in names]
    return f"arrayMap(name -> transform(name, {names}, {values}, 0), {KEYS})"


def others() -> str:
    """SQL for the names that are not known; few, which is why lists are looked for among them."""
    return f"arrayFilter((name, code) -> code = 0, {KEYS}, Codes)"
