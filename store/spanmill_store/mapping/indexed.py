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


def messages(starts: tuple[str, ...]) -> str:
    """SQL for the JSON list of the messages under the first of *starts* that occurs, the empty string for none."""
    base = "concat(start, toString(n), '.', within)"
    said = _said(base)
    calls = f"concat({base}, 'tool_calls.')"
    call = f"concat({calls}, toString(k), if(within = '', '.', '.tool_call.function.'))"
    called = (
        f'concat(\'{{"type":"tool_call","name":\', toJSONString({_at(f"concat({call}, {QUOTED_NAME})")}),'
        f" ',\"arguments\":', toJSONString({_at(f'concat({call}, {QUOTED_ARGUMENTS})')}), '}}')"
    )
    text = f"if({said} = '', '', concat('{{\"type\":\"text\",\"content\":', toJSONString({said}), '}}'))"
    parts = f"arrayFilter(part -> part != '', arrayPushFront(arrayMap(k -> {called}, {_numbers(calls)}), {text}))"
    # Embeddings have no roles: what they embed was asked.
    unsaid = "'user'" if starts is INPUTS else "'assistant'"
    role = f"toJSONString(firstNonDefault({_at(f'concat({base}, {QUOTED_ROLE})')}, {unsaid}))"
    message = f"concat('{{\"role\":', {role}, ',\"parts\":[', arrayStringConcat({parts}, ','), ']}}')"
    listed = f"concat('[', arrayStringConcat(arrayMap(n -> {message}, {_numbers('start')}), ','), ']')"
    within = ["if(startsWith(start, 'llm.'), 'message.', '')"]
    built = f"arrayMap(start -> arrayMap(within -> {listed}, {_list(within)})[1], [{_first(starts)}])[1]"
    return f"if({_occurs(starts)}, {built}, '')"


def text(starts: tuple[str, ...], *, of_user: bool) -> str:
    """SQL for the text of the last user message under the first of *starts* that occurs, or of all messages there."""
    base = "concat(start, toString(n), '.', if(startsWith(start, 'llm.'), 'message.', ''))"
    asked = f"arrayFilter(n -> {_at(f'concat({base}, {QUOTED_ROLE})')} = 'user', {_numbers('start')})"
    wanted = asked if of_user else _numbers("start")
    texts = f"arrayFilter(text -> text != '', arrayMap(n -> {_said(base)}, {wanted}))"
    joined = f"{texts}[-1]" if of_user else f"arrayStringConcat({texts}, '\\n')"
    return f"if({_occurs(starts)}, arrayMap(start -> {joined}, [{_first(starts)}])[1], '')"


def occurs(starts: tuple[str, ...]) -> str:
    """SQL for whether there are messages under any of *starts*."""
    return _occurs(starts)


def _said(base: str) -> str:
    """SQL for the text of the message whose keys begin with *base*: one text, or parts that are numbered again."""
    contents = f"concat({base}, 'contents.')"
    inner = f"arrayMap(k -> {_at(f'concat({contents}, toString(k), {QUOTED_TEXT})')}, {_numbers(contents)})"
    whole = _at(f"concat({base}, {QUOTED_CONTENT})")
    return f"firstNonDefault({whole}, arrayStringConcat(arrayFilter(text -> text != '', {inner}), '\\n'))"


def documents() -> str:
    """SQL for the JSON list of the documents of a retriever or reranker."""
    fields = ("id", "content", "score", "metadata")
    document = ", ',', ".join(f"concat('\"{field}\":', toJSONString({_at(_document(field))}))" for field in fields)
    listed = f"arrayStringConcat(arrayMap(n -> concat('{{', {document}, '}}'), {_numbers('start')}), ',')"
    return f"if({_occurs(DOCUMENTS)}, arrayMap(start -> concat('[', {listed}, ']'), [{_first(DOCUMENTS)}])[1], '')"


QUOTED_TEXT: Final = "'.message_content.text'"
QUOTED_CONTENT: Final = "'content'"
QUOTED_NAME: Final = "'name'"
QUOTED_ARGUMENTS: Final = "'arguments'"
QUOTED_ROLE: Final = "'role'"


def _document(field: str) -> str:
    return f"concat(start, toString(n), '.document.{field}')"


def _at(name: str) -> str:
    return f"SpanAttributes[{name}]"


def _list(items: list[str]) -> str:
    return f"[{', '.join(items)}]"


def _occurs(starts: tuple[str, ...]) -> str:
    """SQL for whether any key begins with one of *starts*; costs next to nothing, for keys lie in a dictionary."""
    begins = " OR ".join(f"startsWith(key, '{start}')" for start in starts)
    return f"arrayExists(key -> {begins}, mapKeys(SpanAttributes))"


def _first(starts: tuple[str, ...]) -> str:
    """SQL for the first of *starts* that occurs."""
    tried = ", ".join(f"{_occurs((start,))}, '{start}'" for start in starts)
    return f"multiIf({tried}, '')"


def _numbers(start: str) -> str:
    """SQL for the numbers that follow *start* in the span's keys, each once, in order."""
    below = f"arrayFilter(key -> startsWith(key, {start}), mapKeys(SpanAttributes))"
    number = f"toUInt64OrNull(splitByChar('.', substring(toString(key), length({start}) + 1))[1])"
    found = f"arrayFilter(number -> isNotNull(number), arrayMap(key -> {number}, {below}))"
    return f"arraySlice(arraySort(arrayDistinct(arrayMap(number -> assumeNotNull(number), {found}))), 1, {MAX_ITEMS})"
