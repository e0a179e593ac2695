"""
Lists that were flattened into one attribute a field, ``llm.input_messages.3.message.content``, put together again.

Only numbers that occur are looked at, in their order, so a sparse or huge index costs nothing; at most `MAX_ITEMS`.

The attributes are sorted by number and cut into items in one pass. To look each field of each item up among all
attributes would be shorter, but a lambda that sees the attributes gets a copy of them for each item: gigabytes for a
span with ten thousand of them.
"""

from typing import Final

from spanmill_store.mapping.lookup import bound

MAX_ITEMS: Final = 1000

INPUTS: Final = ("llm.input_messages.", "gen_ai.prompt.")
OUTPUTS: Final = ("llm.output_messages.", "gen_ai.completion.")
"""OpenInference puts ``message.`` between number and field, OpenLLMetry nothing."""

DOCUMENTS: Final = ("retrieval.documents.", "reranker.output_documents.")

_CALLS: Final = "'tool_calls.'"
_PARTS: Final = "'contents.'"


def messages(start: str, *, is_answer: bool) -> str:
    """SQL for the JSON list of the messages under the column *start*."""
    called = (
        f'concat(\'{{"type":"tool_call","name":\', toJSONString({_at("call", "name")}),'
        f" ',\"arguments\":', toJSONString({_at('call', 'arguments')}), '}}')"
    )
    function = f"if(startsWith({start}, 'llm.'), 'tool_call.function.', '')"
    calls = f"arrayMap(call -> {called}, {_items(_fields('item'), _CALLS, function)})"
    said = bound(
        {"said": _said("item")}, "if(said = '', '', concat('{\"type\":\"text\",\"content\":', toJSONString(said), '}'))"
    )
    parts = f"arrayFilter(part -> part != '', arrayPushFront({calls}, {said}))"
    # Embeddings have no roles: what they embed was asked.
    unsaid = "'assistant'" if is_answer else "'user'"
    role = f"toJSONString(firstNonDefault({_at('item', 'role')}, {unsaid}))"
    message = f"concat('{{\"role\":', {role}, ',\"parts\":[', arrayStringConcat({parts}, ','), ']}}')"
    return f"concat('[', arrayStringConcat(arrayMap(item -> {message}, {_items_under(start)}), ','), ']')"


def text(start: str, *, is_answer: bool) -> str:
    """SQL for the text of the last user message under the column *start*, or of all messages of an answer."""
    items = _items_under(start)
    wanted = items if is_answer else f"arrayFilter(item -> {_at('item', 'role')} = 'user', {items})"
    texts = f"arrayFilter(text -> text != '', arrayMap(item -> {_said('item')}, {wanted}))"
    return f"arrayStringConcat({texts}, '\\n')" if is_answer else f"{texts}[-1]"


def documents(start: str) -> str:
    """SQL for the JSON list of the documents of a retriever or reranker under the column *start*."""
    fields = ("id", "content", "score", "metadata")
    document = ", ',', ".join(f"concat('\"{field}\":', toJSONString({_at('item', field)}))" for field in fields)
    listed = f"arrayStringConcat(arrayMap(item -> concat('{{', {document}, '}}'), {_items_under(start)}), ',')"
    return f"concat('[', {listed}, ']')"


def _said(item: str) -> str:
    """SQL for the text of a message: one text, or parts that are numbered again."""
    parts = f"arrayMap(part -> {_at('part', 'message_content.text')}, {_items(_fields(item), _PARTS)})"
    joined = f"arrayStringConcat(arrayFilter(text -> text != '', {parts}), '\\n')"
    return f"firstNonDefault({_at(item, 'content')}, {joined})"


def _items_under(start: str) -> str:
    """SQL for the items under the column *start*, see `_items`."""
    within = f"multiIf(startsWith({start}, 'llm.'), 'message.', endsWith({start}, 'documents.'), 'document.', '')"
    return _items("CAST(SpanAttributes, 'Array(Tuple(String, String))')", start, within)


def _items(pairs: str, start: str, within: str = "''") -> str:
    """
    SQL for the items that are numbered behind *start* in the names of *pairs* (name, value), in order, each once.

    An item is a list of (number, place, field, value) as it lay in *pairs*; *within* stands between number and field.
    """
    below = f"arrayFilter(pair -> startsWith(pair.1, {start}), {pairs})"
    field = f"substring(below, position(below, '.') + 1 + length({within}))"
    numbered = bound(
        {"below": f"substring(pair.1, length({start}) + 1)"},
        f"(toUInt64OrNull(substringIndex(below, '.', 1)), place, {field}, pair.2)",
    )
    mapped = bound({"pairs": below}, f"arrayMap((pair, place) -> {numbered}, pairs, arrayEnumerate(pairs))")
    ordered = f"arraySort(item -> (item.1, item.2), arrayFilter(item -> isNotNull(item.1), {mapped}))"
    cut = bound({"fields": ordered}, "arraySplit((field, times) -> times = 1, fields, arrayEnumerateUniq(fields.1))")
    return f"arraySlice({cut}, 1, {MAX_ITEMS})"


def _fields(item: str) -> str:
    """SQL for the pairs of field and value of *item*."""
    return f"arrayMap(field -> (field.3, field.4), {item})"


def _at(item: str, field: str) -> str:
    """SQL for the value of *field* in *item*, the empty string where it has none; of repeated ones the first."""
    return f"arrayFirst(field -> field.3 = '{field}', {item}).4"


def occurs(start: str) -> str:
    """SQL for whether a list begins with *start*."""
    return f"arrayExists(name -> startsWith(name, '{start}'), Others)"
