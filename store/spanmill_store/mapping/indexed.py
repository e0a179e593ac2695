"""
Lists that were flattened into one attribute a field, ``llm.input_messages.3.message.content``, put together again.

Only numbers that occur are looked at, in their order, so a sparse or huge index costs nothing; at most `MAX_ITEMS`.
"""

from typing import Final

MAX_ITEMS: Final = 1000

INPUTS: Final = ("llm.input_messages.", "gen_ai.prompt.")
OUTPUTS: Final = ("llm.output_messages.", "gen_ai.completion.")
"""OpenInference puts ``message.`` between number and field, OpenLLMetry nothing."""

DOCUMENTS: Final = ("retrieval.documents.", "reranker.output_documents.")


QUOTED_TEXT: Final = "'.message_content.text'"
QUOTED_CONTENT: Final = "'content'"
QUOTED_NAME: Final = "'name'"
QUOTED_ARGUMENTS: Final = "'arguments'"
QUOTED_ROLE: Final = "'role'"


def first(starts: tuple[str, ...]) -> str:
    """SQL for the first of *starts* with which a key begins, the empty string where none does."""
    tried = ", ".join(f"{_occurs(start)}, '{start}'" for start in starts)
    return f"multiIf({tried}, '')"


def messages(start: str, *, is_answer: bool) -> str:
    """SQL for the JSON list of the messages under the column *start*."""
    base = f"concat({start}, toString(n), '.', {_within(start)})"
    calls = f"concat({base}, 'tool_calls.')"
    call = f"concat({calls}, toString(k), if({_within(start)} = '', '.', '.tool_call.function.'))"
    called = (
        f'concat(\'{{"type":"tool_call","name":\', toJSONString({_at(f"concat({call}, {QUOTED_NAME})")}),'
        f" ',\"arguments\":', toJSONString({_at(f'concat({call}, {QUOTED_ARGUMENTS})')}), '}}')"
    )
    said = _said(base)
    text = f"if({said} = '', '', concat('{{\"type\":\"text\",\"content\":', toJSONString({said}), '}}'))"
    parts = f"arrayFilter(part -> part != '', arrayPushFront(arrayMap(k -> {called}, {_numbers(calls)}), {text}))"
    # Embeddings have no roles: what they embed was asked.
    unsaid = "'assistant'" if is_answer else "'user'"
    role = f"toJSONString(firstNonDefault({_at(f'concat({base}, {QUOTED_ROLE})')}, {unsaid}))"
    message = f"concat('{{\"role\":', {role}, ',\"parts\":[', arrayStringConcat({parts}, ','), ']}}')"
    return f"concat('[', arrayStringConcat(arrayMap(n -> {message}, {_numbers(start)}), ','), ']')"


def text(start: str, *, is_answer: bool) -> str:
    """SQL for the text of the last user message under the column *start*, or of all messages of an answer."""
    base = f"concat({start}, toString(n), '.', {_within(start)})"
    asked = f"arrayFilter(n -> {_at(f'concat({base}, {QUOTED_ROLE})')} = 'user', {_numbers(start)})"
    wanted = _numbers(start) if is_answer else asked
    texts = f"arrayFilter(text -> text != '', arrayMap(n -> {_said(base)}, {wanted}))"
    return f"arrayStringConcat({texts}, '\\n')" if is_answer else f"{texts}[-1]"


def documents(start: str) -> str:
    """SQL for the JSON list of the documents of a retriever or reranker under the column *start*."""
    fields = ("id", "content", "score", "metadata")
    document = ", ',', ".join(
        f"concat('\"{field}\":', toJSONString({_at(_document(start, field))}))" for field in fields
    )
    listed = f"arrayStringConcat(arrayMap(n -> concat('{{', {document}, '}}'), {_numbers(start)}), ',')"
    return f"concat('[', {listed}, ']')"


def _said(base: str) -> str:
    """SQL for the text of the message whose keys begin with *base*: one text, or parts that are numbered again."""
    contents = f"concat({base}, 'contents.')"
    inner = f"arrayMap(k -> {_at(f'concat({contents}, toString(k), {QUOTED_TEXT})')}, {_numbers(contents)})"
    whole = _at(f"concat({base}, {QUOTED_CONTENT})")
    return f"firstNonDefault({whole}, arrayStringConcat(arrayFilter(text -> text != '', {inner}), '\\n'))"


def _within(start: str) -> str:
    return f"multiIf(startsWith({start}, 'llm.'), 'message.', endsWith({start}, 'documents.'), 'document.', '')"


def _document(start: str, field: str) -> str:
    return f"concat({start}, toString(n), '.document.{field}')"


def _at(name: str) -> str:
    return f"SpanAttributes[{name}]"


def _occurs(start: str) -> str:
    """SQL for whether any key begins with *start*; costs next to nothing, for keys lie in a dictionary."""
    return f"arrayExists(key -> startsWith(key, '{start}'), mapKeys(SpanAttributes))"


def _numbers(start: str) -> str:
    """SQL for the numbers that follow *start* in the span's keys, each once, in order."""
    below = f"arrayFilter(key -> startsWith(key, {start}), mapKeys(SpanAttributes))"
    number = f"toUInt64OrNull(splitByChar('.', substring(toString(key), length({start}) + 1))[1])"
    found = f"arrayFilter(number -> isNotNull(number), arrayMap(key -> {number}, {below}))"
    return f"arraySlice(arraySort(arrayDistinct(arrayMap(number -> assumeNotNull(number), {found}))), 1, {MAX_ITEMS})"
