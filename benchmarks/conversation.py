"""A conversation with an agent that sends its whole history with every call, as most frameworks do."""

import json
import random
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any, Final

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from benchmarks.traffic import Writer, span
from support.otlp import framed

TURN_S: Final = 40


class Conversation:
    """
    Some turns, each a trace: an agent, a call of the model with all that was said so far, and one of a tool.

    Attributes:
        content_bytes: Of all that is sent in attributes that hold content, once it was built.
        said_bytes: Of the messages, each once.
    """

    def __init__(self, turns: int, *, seed: int = 0, spans_a_turn: int = 3) -> None:
        self.turns = turns
        self.day: date = datetime.now(UTC).date() - timedelta(days=3)
        self.content_bytes = self.said_bytes = 0
        self._writer = Writer(seed)
        self._spans_a_turn = spans_a_turn
        self._history: list[dict[str, Any]] = []
        midnight = datetime.combine(self.day, datetime.min.time(), UTC)
        self._start_ns = int(midnight.timestamp()) * 10**9 + random.Random(seed).randrange(10**9)

    @cached_property
    def trace_ids(self) -> list[str]:
        """Of the turns."""
        return [self._writer.random.randbytes(16).hex() for _ in range(self.turns)]

    def segment(self, turn: int = 0) -> bytes:
        """A record with the request of a turn; turns are asked for in their order."""
        self._say("user", 30)
        asked = json.dumps(self._history)
        answer = self._say("assistant", 90)
        chat = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-5", "gen_ai.input.messages": asked}
        chat["gen_ai.output.messages"] = json.dumps([answer])
        agent = {"gen_ai.operation.name": "invoke_agent", "gen_ai.input.messages": json.dumps(self._history[-2:-1])}
        agent["gen_ai.output.messages"] = chat["gen_ai.output.messages"]
        tool = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "lookup"}
        self.content_bytes += sum(len(value) for one in (chat, agent) for value in one.values())
        return self._record(turn, agent, chat, tool)

    def _say(self, role: str, words: int) -> dict[str, Any]:
        message = {"role": role, "parts": [{"type": "text", "content": self._writer.text(words)}]}
        self._history.append(message)
        self.said_bytes += len(json.dumps(message))
        return message

    def _record(self, turn: int, agent: dict[str, str], chat: dict[str, str], tool: dict[str, str]) -> bytes:
        request = ExportTraceServiceRequest()
        scope = request.resource_spans.add().scope_spans.add()
        start_ns = self._start_ns + turn * TURN_S * 10**9
        trace_id, root = bytes.fromhex(self.trace_ids[turn]), self._id()
        scope.spans.append(span(trace_id, root, b"", "invoke_agent", start_ns, 10**9, agent))
        scope.spans.append(span(trace_id, self._id(), root, "chat gpt-5", start_ns + 1000, 10**9, chat))
        for number in range(self._spans_a_turn - 2):
            at_ns = start_ns + 2000 + number
            scope.spans.append(span(trace_id, self._id(), root, "execute_tool lookup", at_ns, 10**6, tool))
        record = framed(request.SerializeToString(), self._spans_a_turn, time_ns=start_ns)
        return b"".join(record.parts)

    def _id(self) -> bytes:
        return self._writer.random.randbytes(8)
