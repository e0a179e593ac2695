"""
What the demo's support bot really sends, many times over: recorded once, then sent again as other conversations.

Its texts are the example's: twelve scenarios, played by customers with orders of their own. Each copy of a trace gets
ids, times, and numbers of its conversation and order of its own; everything else is as the instrumentations made it.
"""

import random
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from benchmarks.sites import ROOT
from demo_processes import Child, free_ports, wait_until_answers
from support.otlp_receiver import otlp_receiver
from support.processes import clean_environment

EXAMPLE: Final = ROOT / "examples" / "support_bot"
TRACES_A_REQUEST: Final = 128
_NUMBERS: Final = re.compile(rb"(conversation-|KC-)(\d+)")


class DemoTraffic:
    """
    The traces of a run of the bot, and requests with copies of them.

    Attributes:
        requests: What the bot sent.
    """

    def __init__(self, requests: list[ExportTraceServiceRequest], seed: int = 0) -> None:
        self.requests = requests
        self._random = random.Random(seed)
        self._traces = list(_by_trace(requests).values())

    def copies(self, spans: int, begin_ns: int, end_ns: int) -> Iterator[tuple[int, bytes]]:
        """Give requests until they hold *spans*, with how many each holds; their times lie between the two."""
        left = spans
        while left > 0:
            request = ExportTraceServiceRequest()
            some = self._random.choices(self._traces, k=TRACES_A_REQUEST)
            at_ns = self._random.randrange(begin_ns, end_ns)
            held = sum(self._copy(trace, at_ns + number * 20_000_000, request) for number, trace in enumerate(some))
            left -= held
            yield held, self._renumbered(request.SerializeToString())

    def _copy(self, trace: list[ResourceSpans], start_ns: int, request: ExportTraceServiceRequest) -> int:
        ids: dict[bytes, bytes] = {b"": b""}
        trace_id = self._random.randbytes(16)
        spans = [span for part in trace for scope in part.scope_spans for span in scope.spans]
        for span in spans:
            ids[span.span_id] = self._random.randbytes(8)
        shift_ns = start_ns - min(span.start_time_unix_nano for span in spans) + self._random.randrange(10**6)
        request.resource_spans.extend(trace)
        for part in request.resource_spans[-len(trace) :]:
            for scope in part.scope_spans:
                for span in scope.spans:
                    span.trace_id, span.span_id = trace_id, ids[span.span_id]
                    span.parent_span_id = ids[span.parent_span_id]
                    span.start_time_unix_nano += shift_ns
                    span.end_time_unix_nano += shift_ns
                    for event in span.events:
                        event.time_unix_nano += shift_ns
        return len(spans)

    def _renumbered(self, body: bytes) -> bytes:
        """Give conversations and orders other numbers of as many digits, the same one wherever it stands."""
        more = self._random.randrange(10**6)

        def renumber(found: re.Match[bytes]) -> bytes:
            digits = len(found[2])
            return found[1] + str((int(found[2]) + more) % 10**digits).zfill(digits).encode()

        return _NUMBERS.sub(renumber, body)


def record(conversations: int, folder: Path) -> DemoTraffic:
    """Run the demo's bot and model server, and keep what arrives."""
    [port] = free_ports(1)
    url = f"http://127.0.0.1:{port}/v1"
    server = Child([sys.executable, str(EXAMPLE / "model_server.py"), "--port", str(port)], folder / "model.log")
    try:
        wait_until_answers(server, f"{url}/models")
        with otlp_receiver() as receiver:
            run = [sys.executable, "-m", "spanmill", "run", "--service-name", "support-bot", "--"]
            bot = [sys.executable, str(EXAMPLE / "bot.py"), "--model-url", url, "--conversations", str(conversations)]
            environment = clean_environment(SPANMILL_ENDPOINT=receiver.grpc_url)
            subprocess.run([*run, *bot], env=environment, check=True, stdout=sys.stderr)
            return DemoTraffic(receiver.requests)
    finally:
        server.stop()


def _by_trace(requests: list[ExportTraceServiceRequest]) -> dict[bytes, list[ResourceSpans]]:
    """The spans of each trace, each with its resource and its scope, in the order in which they came."""
    traces = defaultdict[bytes, list[ResourceSpans]](list)
    for request in requests:
        for resource_spans in request.resource_spans:
            for scope_spans in resource_spans.scope_spans:
                for span in scope_spans.spans:
                    _append(traces[span.trace_id], resource_spans, scope_spans, span)
    return traces


def _append(trace: list[ResourceSpans], resource_spans: ResourceSpans, scope_spans: ScopeSpans, span: Span) -> None:
    if not trace:
        trace.append(ResourceSpans(resource=resource_spans.resource, schema_url=resource_spans.schema_url))
    scopes = trace[0].scope_spans
    if not scopes or scopes[-1].scope != scope_spans.scope:
        scopes.append(ScopeSpans(scope=scope_spans.scope, schema_url=scope_spans.schema_url))
    scopes[-1].spans.append(span)
