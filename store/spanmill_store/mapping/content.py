"""
What went in and out of a span, and the text that a person would read in it.

Messages come in many forms: OpenTelemetry's ``parts``, OpenAI's ``content`` as a string or a list, an object around
the list, LangChain's ``type`` for ``role``, one attribute a field (``llm.input_messages.3.message.content``), or one
span event a message. The last two are rebuilt into a list as OpenTelemetry has it; all others stay as they were sent,
and are understood when their text is asked for.
"""

import json
from typing import Final

from spanmill_store.mapping import indexed
from spanmill_store.mapping.lookup import Lookup, either

_PARTS: Final = "Array(Tuple(type String, content String, text String))"
_MESSAGES: Final = (
    f"Array(Tuple(role String, type String, content String, text String, parts {_PARTS},"
    " message Tuple(role String, type String, content String, text String),"
    " kwargs Tuple(type String, content String), data Tuple(content String)))"
)

_LISTS: Final = ("messages", "contents", "choices", "candidates", "generations", "input", "output")
"""Keys under which an object holds its messages."""

_WRAPPED: Final = ("inputs", "outputs")
"""Keys of OpenLLMetry around what LangChain's callbacks were given."""

_TEXTS: Final = (
    "prompt",
    "question",
    "query",
    "task",
    "input",
    "output",
    "answer",
    "result",
    "response",
    "text",
    "content",
)
"""Keys under which an object holds the one text that matters."""

_ROLES: Final = {"human": "user", "ai": "assistant", "model": "assistant", "developer": "system"}


def input_key(lookup: Lookup) -> str:
    """SQL for the attribute that holds what went in, or how it is put together: see `of_key`."""
    fields = (lookup.text("Messages"), lookup.text("Arguments"))
    return _key(fields, indexed.INPUTS, "", _is_in_events(is_answer=False))


def output_key(lookup: Lookup) -> str:
    """SQL for the attribute that holds what came out, or how it is put together: see `of_key`."""
    fields = (lookup.text("Answer"), lookup.text("Result"))
    return _key(fields, indexed.OUTPUTS, indexed.first(indexed.DOCUMENTS), _is_in_events(is_answer=True))


def _key(fields: tuple[str, str], starts: tuple[str, ...], documents: str, is_in_events: str) -> str:
    """
    SQL for the first of two fields, of lists under *starts*, and of what else there is.

    A call of a model has its messages in many attributes, and in another one the whole request. A chain has what it was
    given in that one, and at most some of the messages.
    """
    first, second = fields
    start = indexed.first(starts)
    of_model = f"if(SpanType = 'llm', {start}, '')"
    others = [documents] if documents else []
    return either(first, of_model, *others, second, start, f"if({is_in_events}, '{EVENTS}', '')")


def of_key(key: str, *, is_answer: bool) -> str:
    """
    SQL for the content that the column *key* leads to.

    It is the name of an attribute, or ends with a dot where many attributes begin with it, or is `EVENTS`.
    """
    listed = indexed.messages(key, is_answer=is_answer)
    if is_answer:
        listed = f"if(endsWith({key}, 'documents.'), {indexed.documents(key)}, {listed})"
    return f"if(endsWith({key}, '.'), {listed}, {whole_of_key(key, is_answer=is_answer)})"


def whole_of_key(key: str, *, is_answer: bool) -> str:
    """SQL for the same, but empty where it is spread over many attributes."""
    events = _from_events(is_answer=is_answer)
    return f"multiIf({key} = '', '', {key} = '{EVENTS}', {events}, SpanAttributes[{key}])"


def text_of_input(content: str) -> str:
    """SQL for the text of the last user message in the column *content*, or all of it if it is no list of messages."""
    return _text_of(content, "arrayLast(text -> text != '', {texts})", "{role} = 'user'")


def text_of_output(content: str) -> str:
    """
    SQL for the text of the answer in the column *content*, or all of it where it is no list of messages.

    A graph's output is its whole state, questions and all: what counts is what was said after the last question.
    """
    wanted = "{role} NOT IN ('user', 'system', 'tool', 'function')"
    return _text_of(content, "arrayStringConcat(arrayFilter(text -> text != '', {texts}), '\\n')", wanted)


def bound(name: str, value: str, expression: str) -> str:
    """SQL for *expression* with *name* bound to *value*, which would be written out at every mention otherwise."""
    return f"arrayMap({name} -> {expression}, [{value}])[1]"


def system_prompt(content: str) -> str:
    """SQL for the instructions to the model among the messages in the column *content*."""
    said = f"arrayMap(m -> {_text('m')}, arrayFilter(m -> {_role('m')} = 'system', {_messages(content)}))[1]"
    return either(said, f"JSONExtractString({content}, 'system')")


def text_of_instructions(given: str) -> str:
    """SQL for the text of *given*, a list of parts or plain text."""
    return f"if(startsWith({given}, '['), arrayStringConcat(JSONExtract({given}, '{_PARTS}').content, '\\n'), {given})"


def _text_of(content: str, joined: str, is_wanted: str) -> str:
    """
    SQL for the texts in *content* that are wanted, joined; else for the one text in it, else for all of it.

    The messages are part of a condition that is always evaluated: what is mentioned in branches only, ClickHouse
    evaluates at every mention.
    """
    messages = _messages(content)
    wanted = f"arrayFilter(m -> {is_wanted.format(role=_role('m'))}, {messages})"
    if "NOT IN" in is_wanted:
        last = f"arrayLastIndex(m -> {_role('m')} = 'user', {messages})"
        wanted = f"arrayFilter(m -> {is_wanted.format(role=_role('m'))}, arraySlice({messages}, {last} + 1))"
    said = joined.format(texts=f"arrayMap(m -> {_text('m')}, {wanted})")
    member = _member(content, _TEXTS, "JSONExtractString")
    argument = f"if(startsWith({content}, '{{\"args\"'), JSONExtractString({content}, 'args', 1), '')"
    return (
        f"multiIf(arrayExists(m -> {_role('m')} != '', {messages}), {said},"
        f" startsWith({content}, '\"'), JSONExtractString({content}),"
        f" left({member}, 1) NOT IN ('', '{{', '['), {member}, firstNonDefault({argument}, {content}))"
    )


def _messages(content: str) -> str:
    """SQL for the messages in *content*, a list or an object around one; empty where it holds something else."""
    listed = _member(content, _LISTS, "JSONExtractRaw")
    # LangChain has lists of lists, one a generation. An object with a role is one message.
    unnested = f"if(startsWith({content}, '[['), JSONExtractRaw({content}, 1), {content})"
    nested = f"[{unnested}, {listed}, JSONExtractRaw({listed}, 1), {_alone(content)}]"
    return f"JSONExtract(arrayFirst(list -> startsWith(list, '[{{'), {nested}), '{_MESSAGES}')"


def _alone(content: str) -> str:
    return f"if(startsWith({content}, '{{') AND position({content}, '\"role\"') > 0, concat('[', {content}, ']'), '')"


def unwrapped(content: str) -> str:
    """SQL for *content* without the object that OpenLLMetry puts around it."""
    begins = ", ".join(f"startsWith({content}, '{{\"{key}\":'), JSONExtractRaw({content}, '{key}')" for key in _WRAPPED)
    return f"multiIf({begins}, {content} IN ('[]', '{{}}', 'null'), '', {content})"


def _member(content: str, keys: tuple[str, ...], function: str) -> str:
    """
    SQL for the member of the object *content* whose key, one of *keys*, comes first, read with *function*.

    Looking for the key's letters is far cheaper than parsing, and most objects hold none.
    """
    found = f"multiSearchFirstIndex({content}, {[json.dumps(key) for key in keys]})"
    searched = f"if(startsWith({content}, '{{') AND {found} > 0, {content}, '')"
    return f"{function}({searched}, {list(keys)}[{found}])"


def _role(message: str) -> str:
    places = ("role", "message.role", "kwargs.type", "type", "message.type")
    said = f"lower(firstNonDefault({', '.join(f'{message}.{place}' for place in places)}))"
    return f"transform({said}, {list(_ROLES)}, {list(_ROLES.values())}, {said})"


def _text(message: str) -> str:
    """SQL for the text of one message, in whatever form it holds it."""
    places = ("content", "message.content", "kwargs.content", "data.content", "text", "message.text")
    said = f"firstNonDefault({', '.join(f'{message}.{place}' for place in places)})"
    structure = f"if(left({said}, 1) IN ('[', '{{'), {said}, '')"
    parts = (
        f"firstNonDefault({message}.parts, JSONExtract({structure}, '{_PARTS}'),"
        f" JSONExtract({structure}, 'parts', '{_PARTS}'))"
    )
    is_text = "part.type IN ('text', 'input_text', 'output_text', '')"
    texts = f"arrayMap(part -> firstNonDefault(part.content, part.text), arrayFilter(part -> {is_text}, {parts}))"
    joined = f"arrayStringConcat(arrayFilter(text -> text != '', {texts}), '\\n')"
    return f"firstNonDefault({joined}, if(isValidJSON({structure}), '', {said}))"


EVENTS: Final = "event"
"""Stands for content in span events, as the name of the attribute that holds it."""

_EVENT_ROLES: Final = ("system", "user", "assistant", "tool")


def _whole_events(*, is_answer: bool) -> dict[str, str]:
    """Events that hold content at once → the attribute in which they do."""
    side, old = ("output.messages", "completion") if is_answer else ("input.messages", "prompt")
    return {f"gen_ai.content.{old}": f"gen_ai.{old}", "gen_ai.client.inference.operation.details": f"gen_ai.{side}"}


def _single_events(*, is_answer: bool) -> list[str]:
    """Events that hold one message each: OpenTelemetry's deprecated form."""
    return ["gen_ai.choice"] if is_answer else [f"gen_ai.{role}.message" for role in _EVENT_ROLES]


def _is_in_events(*, is_answer: bool) -> str:
    names = [*_whole_events(is_answer=is_answer), *_single_events(is_answer=is_answer)]
    return f"hasAny({names}, Events.Name)"


def _from_events(*, is_answer: bool) -> str:
    """SQL for content that came in span events."""
    role = "'assistant'" if is_answer else "splitByChar('.', toString(name))[2]"
    said = either(
        "attributes['content']", "JSONExtractString(attributes['message'], 'content')", "attributes['message']"
    )
    # Strands sends lists of parts, others plain text.
    content = f"if(startsWith({said}, '['), {said}, toJSONString({said}))"
    message = f"concat('{{\"role\":', toJSONString({role}), ',\"content\":', {content}, '}}')"
    whole = _whole_events(is_answer=is_answer)
    at_once = ", ".join(f"name = '{event}', attributes['{attribute}']" for event, attribute in whole.items())
    of_event = f"multiIf({at_once}, has({_single_events(is_answer=is_answer)}, name), {message}, '')"
    each = (
        f"arrayFilter(said -> said != '', arrayMap((name, attributes) -> {of_event}, Events.Name, Events.Attributes))"
    )
    listed = "concat('[', arrayStringConcat(said, ','), ']')"
    return f"arrayMap(said -> if(startsWith(said[1], '{{\"role\":'), {listed}, said[1]), [{each}])[1]"
