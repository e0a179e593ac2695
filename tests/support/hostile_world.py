"""A database full of hostile spans, which came through a collector along with well-behaved ones of two projects."""

import contextlib
from collections.abc import Mapping
from typing import Any, Final

import grpc
import requests
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from spanmill_store.client import Store
from support import hostile_spans as hostile
from support.collectors import EXPORT, CollectorProcess
from support.hostile_spans import CHAT, field, nested_value, raw_request
from support.processes import wait_until
from support.spans import key_values, request, span, trace_id

DEEP_TRACE: Final = 3000
FRUGAL: Final = {"max_memory_usage": 10**9, "max_execution_time": 20}
"""Nothing that a span holds may make a query need more."""

GOOD: Final = {**CHAT, "gen_ai.usage.input_tokens": 7, "session.id": "good", "user.id": "ana", "gen_ai.usage.cost": 0.5}
SMALL: Final = tuple(hostile.small())
LARGE: Final = tuple(hostile.large())
RAW: Final = {
    "deep lists": field(1, b"deep 100") + field(2, nested_value(100)),
    "deeper lists": field(1, b"deep 10 000") + field(2, nested_value(10_000)),
    "text": field(1, b"t\xc3(") + field(2, field(1, b"cut \xf0\x9f")),
    "nested text": field(1, b"nested") + field(2, field(5, field(1, field(1, b"\xff")))),
    "structure": key_values({"structure": [{"role": "user", "content": "hi"}]})[0].SerializeToString(),
}
"""Attributes of a span of each that protobuf's own library would not write; the last is a good one."""


class Hostile:
    """A database in which all of them are, and the collector that stored them."""

    def __init__(self, store: Store, collector: CollectorProcess, sent_by: Mapping[str, str]) -> None:
        self.store = store
        self.collector = collector
        self._keys = sent_by
        self._good = 0

    def knows_keys(self) -> bool:
        """Whether the collector has read the keys."""
        with contextlib.suppress(grpc.RpcError):
            return not self.send(b"")
        return False

    def good(self) -> Span:
        """Another well-behaved span, each in a trace of its own."""
        self._good += 1
        return span("good", trace=self._good, attributes=GOOD)

    def send(self, body: bytes, project: str = "hostile") -> str:
        """Export *body* with the key of *project* and return what the collector complains of."""
        with grpc.insecure_channel(self.collector.grpc_target, [("grpc.max_send_message_length", -1)]) as channel:
            export: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(EXPORT)
            answer = export(body, timeout=60, metadata=(("authorization", f"Bearer {self._keys[project]}"),))
        return str(ExportTraceServiceResponse.FromString(answer).partial_success.error_message)

    def post(self, data: str) -> requests.Response:
        """Send OTLP/JSON."""
        headers = {"content-type": "application/json", "authorization": f"Bearer {self._keys['hostile']}"}
        return requests.post(f"{self.collector.http_url}/v1/traces", data=data.encode(), headers=headers, timeout=30)

    def select(self, sql: str, **params: Any) -> list[dict[str, Any]]:
        """Read with little memory."""
        return self.store.select(sql, params, settings=FRUGAL)

    def attributes(self, trace: int) -> list[tuple[str, str]]:
        """What a reader sees of the attributes of the only span of *trace*, in order."""
        sql = (
            "SELECT mapKeys(SpanAttributes) AS k, mapValues(SpanAttributes) AS v FROM spans WHERE TraceId = {id:String}"
        )
        [row] = self.select(sql, id=trace_id(trace))
        return list(zip(row["k"], row["v"], strict=True))


def send_all(world: Hostile) -> None:
    """Send them, with the other project's spans before, in between and behind."""
    world.send(request([world.good()]).SerializeToString(), "other")
    wait_for_spans(world, "other", 1)
    # The collector rests after an insert; what is sent now is one segment.
    assert world.send(request([*SMALL, world.good()]).SerializeToString()) == ""
    world.send(request([world.good()]).SerializeToString(), "other")
    raw = [span(trace=4000 + n).SerializeToString() + field(9, one) for n, one in enumerate(RAW.values())]
    complaint = world.send(raw_request(*raw, world.good().SerializeToString()))
    assert complaint == "3 texts are not UTF-8: stored with U+FFFD in the place of what is wrong."
    deep = list(hostile.deep_trace(DEEP_TRACE))
    assert world.send(request([*deep, world.good()]).SerializeToString()) == ""
    assert world.send(request([world.good(), *LARGE]).SerializeToString()) == ""
    nameless = [Span(name="no ids"), span(trace=0), span(number=0)]
    complaint = world.send(request([*nameless, world.good()]).SerializeToString())
    assert complaint.startswith("3 of 4 spans left out: a trace id must be 16 bytes")
    world.send(request([world.good()]).SerializeToString(), "other")
    wait_for_spans(world, "hostile", 5 + len(SMALL) + len(LARGE) + len(RAW) + len(deep))
    wait_for_spans(world, "other", 3)
    # The view that makes traces is the last of an insert.
    of_spans, of_parts = (f"SELECT DISTINCT TraceId AS id FROM {table}" for table in ("otel_traces", "trace_parts"))
    wait_until(lambda: not world.select(f"{of_spans} WHERE id NOT IN ({of_parts})"), "traces")


def wait_for_spans(world: Hostile, project: str, count: int) -> None:
    """Wait for the spans of *project*."""

    def stored() -> bool:
        [row] = world.select("SELECT count() AS n FROM otel_traces WHERE Project = {project:String}", project=project)
        assert row["n"] <= count
        return bool(row["n"] == count)

    wait_until(stored, f"{count} spans of {project}", 60)
