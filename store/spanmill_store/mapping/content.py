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
from spanmill_store.mapping.contents import EVENTS, Contents
from spanmill_store.mapping.lookup import bound, either

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

_NOT_SAID: Final = ("user", "system", "tool", "function")
"""Roles of messages in an answer that the assistant has not said."""

_ROLES: Final = {"human": "user", "ai": "assistant", "model": "assistant", "developer": "system"}


def input_key(contents: Contents) -> str:
    """SQL for the attribute that holds what went in, or how it is put together: see `of_key`."""
    return _key(contents, ("Messages", "Arguments"), indexed.INPUTS, (), is_answer=False)


def output_key(contents: Contents) -> str:
    """SQL for the attribute that holds what came out, or how it is put together: see `of_key`."""
    return _key(contents, ("Answer", "Result"), indexed.OUTPUTS, indexed.DOCUMENTS, is_answer=True)


def _key(
    contents: Contents, fields: tuple[str, str], starts: tuple[str, ...], documents: tuple[str, ...], *, is_answer: bool
) -> str:
    """
    SQL for the first of two *fields*, of lists under *starts* and *documents*, and of what else there is.

    A call of a model has its messages in many attributes, and in another one the whole request. A chain has what it was
    given in that one, and at most some of the messages.
    """
    first, second = map(contents.first, fields)
    listed = contents.list_under(starts)
    of_model = f"if(SpanType = 'llm', {listed}, 0)"
    others = [contents.list_under(documents)] if documents else []
    in_events = f"if({_is_in_events(is_answer=is_answer)}, {contents.codes[EVENTS]}, 0)"
    return contents.name(either(first, of_model, *others, second, listed, in_events))


def held(key: str) -> str:
    """SQL for the content in the attribute that the column *key* names; of many attributes, for them as JSON."""
    spread = f"toJSONString(mapFilter((name, value) -> startsWith(name, {key}), SpanAttributes))"
    return f"if(endsWith({key}, '.'), {spread}, SpanAttributes[{key}])"


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


def texts(contents: str, are_answers: str) -> str:
    """SQL for the texts that a person would read in each of the array *contents*, which *are_answers* tells apart."""
    return f"arrayMap((content, is_answer) -> {_readable('is_answer')}, {contents}, {are_answers})"


def text(content: str, *, is_answer: bool) -> str:
    """SQL for the text that a person would read in the column *content*."""
    return bound({"content": content}, _readable(str(is_answer).lower()))


def _readable(is_answer: str) -> str:
    """
    SQL for the text that a person would read in ``content``, which is an answer where *is_answer* is true.

    In what went in it is the last message of the user that has a text, in what came out all that was said, and, since a
    graph puts out its whole state, questions and all, what was said after the last question. Where it is no list
    of messages it is the one text in it, else all of it.
    """
    last_question = "arrayLastIndex(role -> role = 'user', roles)"
    asked_or_said = f"if({is_answer}, role NOT IN {_NOT_SAID} AND position > {last_question}, role = 'user')"
    of_messages = (
        f"arrayFilter((text, role, position) -> text != '' AND {asked_or_said}, texts, roles, arrayEnumerate(roles))"
    )
    wanted = f"if(has_roles, {of_messages}, [])"
    joined = f"arrayStringConcat(arraySlice({wanted}, if({is_answer}, 1, -1)), '\\n')"
    # Bound to a name, a value is written out, analyzed and evaluated once. Nothing that is mentioned twice stands in a
    # branch of an `if`, where ClickHouse would evaluate it at every mention; and `content`, which is long, is seen by
    # as few lambdas as can be, for each gets a copy.
    parsed = {"roles": f"arrayMap(m -> {_role('m')}, messages)", "texts": f"arrayMap(m -> {_text('m')}, messages)"}
    of_parsed = bound({"has_roles": "arrayExists(role -> role != '', roles)"}, f"(has_roles, {joined})")
    said = bound({"messages": _messages("content")}, bound(parsed, of_parsed))
    rest = bound({"rest": "if(said.1, '', content)"}, _plain("rest"))
    return bound({"said": said}, f"firstNonDefault(said.2, {rest})")


def _plain(content: str) -> str:
    """SQL for the one text in *content* where it is no list of messages, else for all of it."""
    quoted = f"JSONExtractString(if(startsWith({content}, '\"'), {content}, ''))"
    member = _member(content, _TEXTS, "JSONExtractString")
    argument = f"JSONExtractString(if(startsWith({content}, '{{\"args\"'), {content}, ''), 'args', 1)"
    plain = bound({"member": member}, "if(left(member, 1) IN ('{', '['), '', member)")
    return f"firstNonDefault({quoted}, {plain}, {argument}, {content})"


def system_prompt(content: str) -> str:
    """SQL for the instructions to the model among the messages in the column *content*."""
    said = f"arrayMap(m -> {_text('m')}, arrayFilter(m -> {_role('m')} = 'system', {_messages(content)}))[1]"
    return either(said, f"JSONExtractString({content}, 'system')")


def text_of_instructions(given: str) -> str:
    """SQL for the text of *given*, a list of parts or plain text."""
    return f"if(startsWith({given}, '['), arrayStringConcat(JSONExtract({given}, '{_PARTS}').content, '\\n'), {given})"


def _messages(content: str) -> str:
    """SQL for the messages in *content*, a list or an object around one; empty where it holds something else."""
    is_list = f"startsWith({content}, '[{{')"
    # LangChain has lists of lists, one a generation. An object with a role is one message.
    unnested = "if(startsWith(other, '[['), JSONExtractRaw(other, 1), '')"
    places = f"[{unnested}, listed, JSONExtractRaw(listed, 1), {_alone('other')}]"
    found = bound(
        {"listed": _member("other", _LISTS, "JSONExtractRaw")}, f"arrayFirst(list -> startsWith(list, '[{{'), {places})"
    )
    # What is a list, as most content is, is not searched.
    of_other = bound({"other": f"if({is_list}, '', {content})"}, found)
    return f"JSONExtract(if({is_list}, {content}, {of_other}), '{_MESSAGES}')"


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
    searched = f"multiSearchFirstIndex(object, {[json.dumps(key) for key in keys]})"
    of_found = f"{function}(if(found > 0, object, ''), {list(keys)}[found])"
    # Bound, so that what is no object is not searched: most content is a list, and long.
    return bound({"object": f"if(startsWith({content}, '{{'), {content}, '')"}, bound({"found": searched}, of_found))


def _role(message: str) -> str:
    places = ("role", "message.role", "kwargs.type", "type", "message.type")
    said = f"lower(firstNonDefault({', '.join(f'{message}.{place}' for place in places)}))"
    return bound({"said": said}, f"transform(said, {list(_ROLES)}, {list(_ROLES.values())}, said)")


def _text(message: str) -> str:
    """SQL for the text of one message, in whatever form it holds it."""
    places = ("content", "message.content", "kwargs.content", "data.content", "text", "message.text")
    said = f"firstNonDefault({', '.join(f'{message}.{place}' for place in places)})"
    structure = "if(left(said, 1) IN ('[', '{'), said, '')"
    parts = (
        f"firstNonDefault({message}.parts, JSONExtract(structure, '{_PARTS}'),"
        f" JSONExtract(structure, 'parts', '{_PARTS}'))"
    )
    is_text = "part.type IN ('text', 'input_text', 'output_text', '')"
    texts = f"arrayMap(part -> firstNonDefault(part.content, part.text), arrayFilter(part -> {is_text}, {parts}))"
    joined = f"arrayStringConcat(arrayFilter(text -> text != '', {texts}), '\\n')"
    told = f"firstNonDefault({joined}, if(isValidJSON(structure), '', said))"
    return bound({"said": said}, bound({"structure": structure}, told))


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
