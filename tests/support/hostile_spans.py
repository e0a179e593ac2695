"""Spans that nobody sends on purpose, by what is wrong with them: each has a trace of its own."""

import itertools
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from support.spans import START_NS, Plain, any_value, key_values, span

MIB: Final = 1024 * 1024
BIG: Final = 5 * MIB
MESSAGES: Final = "gen_ai.input.messages"
ANSWER: Final = "gen_ai.output.messages"
CHAT: Final[dict[str, Plain]] = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}
LLM: Final[dict[str, Plain]] = {"openinference.span.kind": "LLM"}

KEYS: Final = (
    "__proto__", "constructor", "a'b", 'a"b', "a\\b", "a`b", "new\nline", "\0nul\0", "\x01", "\U0001f600", "%s%d%", "",
    "k" * 64 * 1024, "{x:String}", "'; DROP TABLE otel_traces --", "$.a[*]", "a.b..c.", "\ufeff", "\u202e",
    ".".join("k" * 100),
)  # fmt: skip

NUMBERS: Final[dict[str, Plain]] = {
    "NaN": "NaN", "double NaN": math.nan, "Infinity": "Infinity", "inf": math.inf, "-inf": -math.inf, "-0.0": -0.0,
    "1e308": 1e308, "text 1e308": "1e308", "1e400": "1e400", "-7": -7, "text -7": "-7", "1e30": 1e30,
    "2^63-1": 2**63 - 1, "2^64-1": str(2**64 - 1), "2^64": str(2**64), "2^64+1": str(2**64 + 1),
    "words": "many", "true": True, "list": [1, 2], "empty": "", "spaces": " 12 ", "hex": "0x10", "1_000": "1_000",
}  # fmt: skip
"""As token count and as cost, none of them is one."""

_SECOND: Final = 10**9
TIMES: Final[dict[str, tuple[int, int]]] = {
    "0": (0, 0),
    "1970": (1, 2),
    "2100": (4_102_444_800 * _SECOND, 4_102_444_801 * _SECOND),
    "2149": (5_662_310_400 * _SECOND, 5_662_310_401 * _SECOND),
    "2262": (2**63 - 1, 2**63 - 1),
    "beyond 2262": (2**63, 2**63 + _SECOND),
    "2^64-1": (2**64 - 1, 2**64 - 1),
    "backwards": (START_NS, START_NS - _SECOND),
    "for ever": (START_NS, 2**64 - 1),
    "for ever from 1970": (1, 2**64 - 1),
    "until the end of Int64": (START_NS, 2**63),
}
"""Start and end."""

TEXTS: Final = {
    "a role that is an object": '[{"role":{"a":1},"content":"x"}]',
    "unterminated JSON": '[{"role":"user","content":"x',
    "repeated keys in JSON": '[{"role":"user","role":"system","content":"a","content":"b"}]',
    "surrogates in JSON": '[{"role":"user","content":"\\ud800 alone \\udfff, and \\u0000"}]',
    "numbers for messages": "[1,2,3]",
    "nulls": '[null,{"role":null}]',
    "a byte order mark": '\ufeff[{"role":"user","content":"x"}]',
    "numbers that are too large": '[{"role":1e999,"content":123456789012345678901234567890}]',
    "100 levels of JSON": '[{"role":"user","content":' + "[" * 100 + "]" * 100 + "}]",
    "10 000 levels of JSON": '[{"role":"user","content":' + "[" * 10_000 + "]" * 10_000 + "}]",
    "10 000 levels of objects": '{"messages":' * 10_000 + "1" + "}" * 10_000,
}
"""Of messages."""

INDEXES: Final[dict[str, Plain]] = {
    **{
        f"llm.input_messages.{number}.message.content": f"at {number}"
        for number in ("999999999", "-1", "9" * 30, "", "0", "007", "18446744073709551615")
    },
    "llm.input_messages.0.message.role": "user",
    "llm.input_messages.999999999.message.role": "user",
    "llm.input_messages": "nothing",
}


def messages(count: int, role: str) -> str:
    """JSON of *count* messages."""
    return json.dumps([{"role": role, "parts": [{"type": "text", "content": f"m{n}"}]} for n in range(count)])


def small() -> Iterator[Span]:
    """Spans whose size is not what is wrong with them."""
    traces = itertools.count(1000)
    for name, value in NUMBERS.items():
        attributes = dict.fromkeys(
            ("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "gen_ai.usage.cache_read.input_tokens",
             "gen_ai.usage.cost", "gen_ai.response.time_to_first_chunk"), value,
        )  # fmt: skip
        yield span(f"number {name}", trace=next(traces), attributes={**CHAT, **attributes})
    for name, (start, end) in TIMES.items():
        built = span(f"time {name}", trace=next(traces), attributes={**CHAT, "gen_ai.usage.input_tokens": 1})
        built.start_time_unix_nano, built.end_time_unix_nano = start, end
        yield built
    for name, text in TEXTS.items():
        yield span(name, trace=next(traces), attributes={**CHAT, MESSAGES: text, ANSWER: text})
    yield span("keys", trace=next(traces), attributes={key: key or "empty" for key in KEYS})
    yield span("indexes", trace=next(traces), attributes={**LLM, **INDEXES})
    yield repeated_keys(next(traces))
    yield span("own parent", trace=next(traces), parent=1, attributes={**CHAT, "gen_ai.usage.input_tokens": 3})
    cycle = next(traces)
    for number, parent in ((1, 2), (2, 1)):
        tokens: Mapping[str, Plain] = {**CHAT, "gen_ai.usage.input_tokens": 3}
        yield span("cycle", trace=cycle, number=number, parent=parent, attributes=tokens)
    strange = span("long parent", trace=next(traces))
    strange.parent_span_id = b"x" * 100
    yield strange


def repeated_keys(trace: int) -> Span:
    """A span that says everything twice, and once more."""
    built = span("repeated keys", trace=trace, attributes=CHAT)
    for said in ("second", "first", "third"):
        built.attributes.extend(key_values({"user.id": said, "x": said, MESSAGES: said}))
    return built


def large() -> Iterator[Span]:
    """Spans that are too large in one way."""
    traces = itertools.count(2000)

    def attributed(name: str, attributes: Mapping[str, Plain]) -> Span:
        return span(name, trace=next(traces), attributes=attributes)

    yield attributed("10 000 attributes", {f"key.{number}": number for number in range(10_000)})
    yield attributed("5 MB value", {"big": "v" * BIG})
    yield attributed("5 MB messages", {**CHAT, MESSAGES: messages(90_000, "user")})
    yield attributed("n" * BIG, {"big": "name"})
    yield attributed("5 MB ids", {"user.id": "u" * BIG, "session.id": "s" * BIG})
    yield attributed("5 MB model", {**CHAT, "gen_ai.request.model": "m" * BIG, "gen_ai.usage.input_tokens": 1})
    yield attributed("100 000 answers", {**CHAT, ANSWER: messages(100_000, "assistant")})
    yield attributed(
        "100 000 indexes", {**LLM, **{f"llm.input_messages.{n}.message.content": f"m{n}" for n in range(100_000)}}
    )
    yield attributed("100 000 parts", {**LLM, **dict(_parts(100_000))})
    many = attributed("5000 events", {})
    for number in range(5000):
        event = many.events.add(name="gen_ai.user.message", time_unix_nano=2**64 - 1 - number)
        event.attributes.extend(key_values({"content": f"m{number}"}))
        link = many.links.add(trace_id=b"x" * (number % 40), trace_state="\0")
        link.attributes.add(key="n", value=any_value(number))
    yield many


def _parts(count: int) -> Iterable[tuple[str, Plain]]:
    yield "llm.input_messages.0.message.role", "user"
    for number in range(count):
        yield f"llm.input_messages.0.message.contents.{number}.message_content.text", f"m{number}"


def deep_trace(trace: int, spans: int = 30_000) -> Iterator[Span]:
    """A trace of calls of a model within each other, all of which report usage."""
    for number in range(1, spans + 1):
        tokens: Mapping[str, Plain] = {**CHAT, "gen_ai.usage.input_tokens": 3}
        yield span(f"call {number}", trace=trace, number=number, parent=number // 2, attributes=tokens)


def field(number: int, payload: bytes) -> bytes:
    """A protobuf field with *payload*, whatever protobuf's own library thinks of it."""
    return bytes([number << 3 | 2]) + _varint(len(payload)) + payload


def nested_value(levels: int) -> bytes:
    """An AnyValue: a list in a list in a list, and a word."""
    heads, size = [], 0
    value = field(1, b"deep")
    for _ in range(levels):
        for number in (1, 5):
            head = bytes([number << 3 | 2]) + _varint(len(value) + size)
            heads.append(head)
            size += len(head)
    return b"".join(reversed(heads)) + value


def raw_request(*spans: bytes) -> bytes:
    """An export request with serialised *spans*."""
    return field(1, field(2, b"".join(field(2, one) for one in spans)))


def _varint(number: int) -> bytes:
    encoded = b""
    while number > 127:
        encoded += bytes([number & 127 | 128])
        number >>= 7
    return encoded + bytes([number])
