"""
Messages that are sent again and again, kept once: values of attributes taken apart, and put together again.

An agent sends its whole history with every call, so a conversation of 20 turns is stored twenty times, a little longer
each time. A day that is over is packed (`spanmill_store.packing`): of a value that holds messages, each long piece that
came several times on that day is kept once, in ``messages``, under a hash of its bytes, and the value keeps the hash.

A packed value is the character 1, then its elements with that character in between: ``l`` and the text itself, or
``h``, 32 hexadecimal digits, and the text that follows the piece. ``PackedKeys`` names the attributes that are packed,
so nothing that an application sends can be taken for a packed value.
"""

from typing import Final

from spanmill_store.mapping import indexed
from spanmill_store.mapping.content_sources import CONTENT
from spanmill_store.mapping.lookup import bound
from spanmill_store.mapping.sources import FIELDS

MIN_BYTES: Final = 200
"""Shorter pieces pack so well with their neighbours that a hash takes as much room."""

MIN_COPIES: Final = 3
"""Two copies, as a call's and its agent's, lie beside each other, where compression finds them by itself."""

MAX_KEYS: Final = 1000
"""Of spans with more attributes nothing is packed: to read one, all keys are looked for among the packed ones."""

MARK: Final = "char(1)"

_READ: Final = {source.attribute for sources in FIELDS.values() for source in sources}
"""What the mapping reads."""

_NAMES: Final = sorted({source.attribute for sources in CONTENT.values() for source in sources} - _READ)
_REPEATED: Final = ("gen_ai.system_instructions", "gen_ai.tool.definitions")
"""Not the content of one call, but sent with every one."""

_STARTS: Final = (*indexed.INPUTS, *indexed.OUTPUTS)


def is_content(key: str) -> str:
    """SQL for whether the attribute *key* holds content, and nothing that the mapping reads for another purpose."""
    begins = " OR ".join(f"startsWith({key}, '{start}')" for start in _STARTS)
    return f"({key} IN {[*_NAMES, *_REPEATED]} OR {begins})"


def pieces(value: str) -> str:
    """
    SQL for *value* in pieces, an array of (piece, text between it and the next one), which make *value* again.

    A list of objects is cut where its objects begin, so that a message is one piece whichever list it stands in.
    """
    separator = f"if(position({value}, '{{\"role\"') > 0, '{{\"role\"', extract({value}, '^\\\\[+(\\\\{{\"\\\\w+\")'))"
    cut = f"splitByChar({MARK}, replaceAll({value}, separator, concat({MARK}, separator)))"
    cut = bound({"separator": separator}, f"if(separator = '', [{value}], {cut})")
    tail = bound({"tail": "extract(piece, '[,\\\\s\\\\]]*$')"}, "(left(piece, length(piece) - length(tail)), tail)")
    return f"arrayMap(piece -> {tail}, {cut})"


def hashed(piece: str) -> str:
    """SQL for the name under which *piece* is kept."""
    return f"lower(hex(sipHash128({piece})))"


def is_packable_span() -> str:
    """SQL for whether attributes of a span may be packed; not where keys repeat, for they tell what is packed."""
    return f"length(SpanAttributes) <= {MAX_KEYS} AND arrayUniq(mapKeys(SpanAttributes)) = length(SpanAttributes)"


def is_packable(key: str, value: str) -> str:
    """SQL for whether an attribute of a span of ``otel_traces`` may be packed."""
    is_new = f"NOT has(PackedKeys, {key}) AND position({value}, {MARK}) = 0"
    return f"length({value}) >= {MIN_BYTES} AND {is_content(key)} AND {is_new}"


def is_kept(piece: str, messages: str) -> str:
    """SQL for whether *piece* is among *messages*, a query for Project and Hash."""
    return f"(length({piece}) >= {MIN_BYTES} AND (toString(Project), {hashed(piece)}) IN ({messages}))"


def packed(value: str, messages: str) -> str:
    """SQL for *value* with hashes for the pieces that are among *messages*."""
    by_hash = f"concat('h', {hashed('part.1')}, part.2)"
    element = f"if({is_kept('part.1', messages)}, {by_hash}, concat('l', part.1, part.2))"
    return f"concat({MARK}, arrayStringConcat(arrayMap(part -> {element}, {pieces(value)}), {MARK}))"


def unpacked(attributes: str, packed_keys: str) -> str:
    """SQL for the map *attributes* as it was sent."""
    kept = "dictGet('message', 'Content', (toString(Project), toDate(Timestamp), substring(element, 2, 32)))"
    piece = f"if(startsWith(element, 'h'), concat({kept}, substring(element, 34)), substring(element, 2))"
    elements = f"splitByChar({MARK}, substring(if(has({packed_keys}, key), value, ''), 2))"
    value = f"if(has({packed_keys}, key), arrayStringConcat(arrayMap(element -> {piece}, {elements})), value)"
    return f"if(empty({packed_keys}), {attributes}, mapApply((key, value) -> (key, {value}), {attributes}))"
