"""
Traffic as LLM applications make it: traces of an agent, a retrieval, a tool and a chat, with content.

Requests are built once and sent many times. Each copy gets trace ids and times of its own, or equal spans would lie
beside each other in the tables and pack far better than real ones do: the first four bytes of an id, and the upper half
of a time, are overwritten.
"""

import itertools
import json
import random
import re
import struct
import time
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans, Span, Status

Attributes = Mapping[str, str | int | float | list[str]]

MODELS: Final = ("gpt-5-mini", "gpt-5", "claude-sonnet-5", "gemini-3-flash")
RESOURCE: Final[Attributes] = {
    "service.name": "support-bot",
    "service.version": "1.4.2",
    "service.instance.id": "i-0a1b2c3d",
    "deployment.environment.name": "production",
    "host.name": "ip-10-0-3-17",
    "telemetry.sdk.name": "opentelemetry",
    "telemetry.sdk.language": "python",
    "telemetry.sdk.version": "1.45.2",
}
_SYLLABLES: Final = ("ka", "to", "mi", "re", "sol", "an", "ter", "ing", "pro", "con", "de", "sta", "vel", "or", "lu")
WINDOW_NS: Final = 1 << 32
"""The times of a request lie in one such window, so that their upper halves are equal."""

TOGETHER: Final = 8
"""Requests whose spans interleave in time."""

_IDS: Final = re.compile(rb"\x0a\x10(.{16})\x12\x08", re.DOTALL)
"""How a span begins on the wire: its trace id, 16 bytes, and the length of its span id."""


class Shape(NamedTuple):
    """
    How requests look.

    Attributes:
        spans: In each request; below 4 they are chats, else traces of four.
        words: In what the assistant answers; 60 make spans of about 1 kB.
    """

    spans: int = 512
    words: int = 60


class _Writer:
    """Writes traces with words of a made-up language, whose frequencies fall as those of a real one do."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        lengths = (self.random.randint(1, 4) for _ in range(4000))
        self._words = ["".join(self.random.choices(_SYLLABLES, k=length)) for length in lengths]
        self._weights = [1 / (rank + 3) for rank in range(4000)]

    def text(self, words: int) -> str:
        return " ".join(self.random.choices(self._words, self._weights, k=words))

    def messages(self, role: str, words: int) -> str:
        return json.dumps([{"role": role, "parts": [{"type": "text", "content": self.text(words)}]}])

    def trace(self, scope: ScopeSpans, start_ns: int, words: int) -> None:
        trace_id, root = self.random.randbytes(16), self.random.randbytes(8)
        question, answer = self.messages("user", 25), self.messages("assistant", words)
        agent = {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.agent.name": "support",
            "gen_ai.conversation.id": f"conversation-{self.random.randrange(10**6):06d}",
            "user.id": f"user-{self.random.randrange(20_000)}",
            "gen_ai.input.messages": question,
            "gen_ai.output.messages": answer,
        }
        scope.spans.append(_span(trace_id, root, b"", "invoke_agent support", start_ns, 2_000_000_000, agent))
        steps = (("retrieval policies", self._retrieval()), ("execute_tool order_lookup", self._tool()))
        for number, (name, attributes) in enumerate(steps, 1):
            span_id, begins_ns = self.random.randbytes(8), start_ns + number * 1000
            scope.spans.append(_span(trace_id, span_id, root, name, begins_ns, 40_000_000, attributes))
        if self.random.random() < 0.03:
            scope.spans[-1].status.CopyFrom(Status(code=Status.STATUS_CODE_ERROR, message="timeout"))
        scope.spans.append(self.chat(trace_id, root, start_ns + 3000, answer))

    def chat(self, trace_id: bytes, parent: bytes, start_ns: int, answer: str) -> Span:
        model = self.random.choice(MODELS)
        attributes: Attributes = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": model,
            "gen_ai.response.model": model + "-2026-08-07",
            "gen_ai.response.id": "chatcmpl-" + self.random.randbytes(12).hex(),
            "gen_ai.response.finish_reasons": ["stop"],
            "gen_ai.usage.input_tokens": self.random.randrange(200, 4000),
            "gen_ai.usage.output_tokens": self.random.randrange(20, 900),
            "gen_ai.usage.cache_read.input_tokens": self.random.randrange(0, 200),
            "gen_ai.request.temperature": 0.2,
            "server.address": "api.openai.com",
            "gen_ai.input.messages": self.messages("user", 70),
            "gen_ai.output.messages": answer,
        }
        return _span(trace_id, self.random.randbytes(8), parent, f"chat {model}", start_ns, 1_500_000_000, attributes)

    def _retrieval(self) -> Attributes:
        documents = [{"id": str(number), "score": 0.5, "content": self.text(25)} for number in range(2)]
        return {
            "gen_ai.operation.name": "retrieval",
            "gen_ai.data_source.id": "policies",
            "gen_ai.retrieval.query.text": self.text(12),
            "gen_ai.retrieval.documents": json.dumps(documents),
            "gen_ai.request.top_k": 2,
        }

    def _tool(self) -> Attributes:
        return {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": "order_lookup",
            "gen_ai.tool.call.id": "call_" + self.random.randbytes(8).hex(),
            "gen_ai.tool.type": "function",
            "gen_ai.tool.call.arguments": json.dumps({"order": f"KC-{self.random.randrange(9999)}"}),
            "gen_ai.tool.call.result": json.dumps({"status": "shipped", "note": self.text(10)}),
        }


def _any(value: str | float | list[str]) -> AnyValue:
    if isinstance(value, str):
        return AnyValue(string_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    return AnyValue(array_value=ArrayValue(values=[_any(one) for one in value]))


def _span(
    trace_id: bytes, span_id: bytes, parent: bytes, name: str, start_ns: int, duration_ns: int, attributes: Attributes
) -> Span:
    return Span(
        trace_id=trace_id,
        span_id=span_id,
        parent_span_id=parent,
        name=name,
        kind=Span.SPAN_KIND_CLIENT if name.startswith("chat") else Span.SPAN_KIND_INTERNAL,
        start_time_unix_nano=start_ns,
        end_time_unix_nano=start_ns + duration_ns,
        attributes=[KeyValue(key=key, value=_any(value)) for key, value in attributes.items()],
    )


def request(shape: Shape, seed: int, start_ns: int) -> bytes:
    """A request of this *shape* and *seed* that begins at *start_ns*."""
    writer = _Writer(seed)
    made = ExportTraceServiceRequest()
    resource_spans = made.resource_spans.add()
    resource_spans.resource.attributes.extend(KeyValue(key=key, value=_any(value)) for key, value in RESOURCE.items())
    scope = resource_spans.scope_spans.add()
    scope.scope.name, scope.scope.version = "opentelemetry.instrumentation.genai", "1.3"
    if shape.spans < 4:
        for _ in range(shape.spans):
            answer = writer.messages("assistant", shape.words)
            scope.spans.append(writer.chat(writer.random.randbytes(16), b"", start_ns, answer))
    else:
        for number in range(shape.spans // 4):
            writer.trace(scope, start_ns + number * 1_000_000, shape.words)
    return made.SerializeToString()


class Templates:
    """
    Requests to be sent again and again, each time with new trace ids and times.

    The first begins *hours* ago, and *stride* windows lie between one bundle of requests and the next: 56 spread ten
    million spans over a week.
    """

    def __init__(self, shape: Shape, count: int, hours: float = 3, stride: int = 1) -> None:
        self._first_window = time.time_ns() // WINDOW_NS - int(hours * 3600e9) // WINDOW_NS
        self._stride = stride
        start_ns = self._first_window * WINDOW_NS
        self._templates = [request(shape, seed, start_ns) for seed in range(count)]
        window = re.escape(struct.pack("<I", self._first_window))
        times = re.compile(rb"\x39.{4}(" + window + rb")\x41.{4}(" + window + rb")", re.DOTALL)
        self._ids = [[match.start(1) for match in _IDS.finditer(one)] for one in self._templates]
        self._times = [[at for match in times.finditer(one) for at in _both(match)] for one in self._templates]
        assert {len(places) for places in self._ids} == {shape.spans}, "a trace id was not found"
        assert {len(places) for places in self._times} == {shape.spans * 2}, "a time was not found"

    def __iter__(self) -> Iterator[bytes]:
        """Give requests without end."""
        for number in itertools.count():
            yield self._numbered(number)

    def _numbered(self, number: int) -> bytes:
        index = number % len(self._templates)
        body, prefix = bytearray(self._templates[index]), struct.pack(">I", number)
        window = struct.pack("<I", self._first_window + number // TOGETHER * self._stride)
        for place in self._ids[index]:
            body[place : place + 4] = prefix
        for place in self._times[index]:
            body[place : place + 4] = window
        return bytes(body)


def _both(match: re.Match[bytes]) -> tuple[int, int]:
    return match.start(1), match.start(2)
