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
    "Array(Tuple(role String, type String, content String, text String,"
    f" parts {_PARTS}, message Tuple(role String, content String)))"
)

_LISTS: Final = (("messages", "contents", "choices", "candidates"), ("input", "output"))
"""Keys under which an object holds its messages; the second ones may hold other things too."""

_TEXTS: Final = ("prompt", "question", "query", "input", "output", "answer", "result", "response", "text", "content")
"""Keys under which an object holds the one text that matters."""

_ROLES: Final = {"human": "user", "ai": "assistant", "model": "assistant", "developer": "system"}


def input_of_span(lookup: Lookup) -> str:
    """SQL for what went in."""
    return either(
        lookup.text("Messages"),
        indexed.messages(indexed.INPUTS),
        lookup.text("Arguments"),
        _from_events(is_answer=False),
    )


def output_of_span(lookup: Lookup) -> str:
    """SQL for what came out."""
    return either(
        lookup.text("Answer"),
        indexed.messages(indexed.OUTPUTS),
        indexed.documents(),
        lookup.text("Result"),
        _from_events(is_answer=True),
    )


def text_of_input(content: str) -> str:
    """SQL for the text of the last user message in the column *content*, or all of it where it is no list of messages."""
    return _text_of(content, "arrayLast(text -> text != '', {texts})", "{role} = 'user'")


def text_of_output(content: str) -> str:
    """SQL for the text of all messages in the column *content*, or all of it where it is no list of messages."""
    return _text_of(content, "arrayStringConcat(arrayFilter(text -> text != '', {texts}), '\\n')", "1")


def bound(name: str, value: str, expression: str) -> str:
    """SQL for *expression* with *name* bound to *value*, which would be written out at every mention otherwise."""
    return f"arrayMap({name} -> {expression}, [{value}])[1]"


def system_prompt(lookup: Lookup) -> str:
    """SQL for the instructions to the model."""
    given = lookup.text("Instructions")
    instructions = f"arrayStringConcat(JSONExtract({given}, '{_PARTS}').content, '\\n')"
    stated = f"if(startsWith({given}, '['), {instructions}, {given})"
    said = f"arrayMap(m -> {_text('m')}, arrayFilter(m -> {_role('m')} = 'system', {_messages('Input')}))[1]"
    return either(stated, said, "JSONExtractString(Input, 'system')")


def _text_of(content: str, joined: str, is_wanted: str) -> str:
    """
    SQL for the texts in *content* that are wanted, joined; else for the one text in it, else for all of it.

    The messages are part of a condition that is always evaluated: what is mentioned in branches only, ClickHouse
    evaluates at every mention.
    """
    messages = _messages(content)
    wanted = f"arrayFilter(m -> {is_wanted.format(role=_role('m'))}, {messages})"
    said = joined.format(texts=f"arrayMap(m -> {_text('m')}, {wanted})")
    member = _member(content, _TEXTS, "JSONExtractString")
    return (
        f"multiIf(arrayExists(m -> {_role('m')} != '', {messages}), {said},"
        f" startsWith({content}, '\"'), JSONExtractString({content}),"
        f" left({member}, 1) NOT IN ('', '{{', '['), {member}, {content})"
    )


def _messages(content: str) -> str:
    """SQL for the messages in *content*, a list or an object around one; empty where it holds something else."""
    lists = either(*(_member(content, keys, "JSONExtractRaw") for keys in _LISTS))
    return f"JSONExtract(if(startsWith({content}, '['), {content}, {lists}), '{_MESSAGES}')"


def _member(content: str, keys: tuple[str, ...], function: str) -> str:
    """
    SQL for the member of the object *content* whose key, one of *keys*, comes first, read with *function*.

    Looking for the key's letters is far cheaper than parsing, and most objects hold none.
    """
    found = f"multiSearchFirstIndex({content}, {[json.dumps(key) for key in keys]})"
    searched = f"if(startsWith({content}, '{{') AND {found} > 0, {content}, '')"
    return f"{function}({searched}, {list(keys)}[{found}])"


def _role(message: str) -> str:
    said = f"lower(firstNonDefault({message}.role, {message}.message.role, {message}.type))"
    return f"transform({said}, {list(_ROLES)}, {list(_ROLES.values())}, {said})"


def _text(message: str) -> str:
    """SQL for the text of one message, in whatever form it holds it."""
    said = f"firstNonDefault({message}.content, {message}.message.content, {message}.text)"
    parts = (
        f"multiIf(notEmpty({message}.parts), {message}.parts, startsWith({said}, '[{{'), JSONExtract({said}, '{_PARTS}'),"
        f" startsWith({said}, '{{'), JSONExtract({said}, 'parts', '{_PARTS}'), [])"
    )
    is_text = "part.type IN ('text', 'input_text', 'output_text', '')"
    texts = f"arrayMap(part -> firstNonDefault(part.content, part.text), arrayFilter(part -> {is_text}, {parts}))"
    joined = f"arrayStringConcat(arrayFilter(text -> text != '', {texts}), '\\n')"
    is_plain = f"empty({message}.parts) AND NOT startsWith({said}, '[{{') AND NOT startsWith({said}, '{{')"
    return f"if({is_plain}, {said}, {joined})"


_EVENT_ROLES: Final = ("system", "user", "assistant", "tool")


def _from_events(*, is_answer: bool) -> str:
    """SQL for content that came in span events: one text, or one message an event, OpenTelemetry's deprecated forms."""
    name, attribute = ("completion", "gen_ai.completion") if is_answer else ("prompt", "gen_ai.prompt")
    single = f"gen_ai.content.{name}"
    names = ["gen_ai.choice"] if is_answer else [f"gen_ai.{role}.message" for role in _EVENT_ROLES]
    role = "'assistant'" if is_answer else "splitByChar('.', toString(name))[2]"
    said = either("attributes['content']", "JSONExtractString(attributes['message'], 'content')")
    message = (
        f"concat('{{\"role\":', toJSONString({role}),"
        f" ',\"parts\":[{{\"type\":\"text\",\"content\":', toJSONString({said}), '}}]}}')"
    )
    of_event = f"multiIf(name = '{single}', attributes['{attribute}'], has({names}, name), {message}, '')"
    each = f"arrayFilter(said -> said != '', arrayMap((name, attributes) -> {of_event}, Events.Name, Events.Attributes))"
    whole = f"arrayMap(said -> if(startsWith(said[1], '{{\"role\":'), {_json_list('said')}, said[1]), [{each}])[1]"
    return f"if(hasAny({[single, *names]}, Events.Name), {whole}, '')"


def _json_list(items: str) -> str:
    return f"concat('[', arrayStringConcat({items}, ','), ']')"
