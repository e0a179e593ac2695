"""A whole mill, whose workers, planner, Redis and ClickHouse are killed at random moments while traces come in."""

import contextlib
import json
import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen
from typing import Final

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from redis import Redis, RedisError

from spanmill_store.client import Store
from spanmill_store.migrations import migrate
from support.chaos import Victim
from support.collectors import collector_process, export
from support.judge_endpoint import answer, judge_endpoint
from support.otlp import span_id, trace_id
from support.processes import clean_environment, free_port, spanmill
from support.servers import clickhouse_server, valkey_server

SPANS: Final = 3
"""In each trace: an agent, a tool, and a chat."""

BATCH: Final = 50
FLUSHES: Final = 2
RULES: Final = """
completion: {idle_s: 1, idle_max_s: 3, open_s: 5}
rules:
- {name: errors, builtin: error, flag: {above: 0}, dataset: failures}
- {name: length, sql: {value: length(Output)}, flag: {below: 12}}
- {name: tools, scope: span, where: SpanType = 'tool', sql: "StatusCode != 'Error'"}
- {name: even, python: 'scorers:even', flag: {labels: [odd]}, dataset: odd-ones}
- {name: refusals, builtin: refusal}
- name: judged
  sample: 0.1
  judge:
    {model: m, base_url: '${JUDGE}', api_key_env: null, rubric: '{{output}}', choices: {good: 1, bad: 0}, retries: 0}
  flag: {labels: [bad]}
"""
SCORERS: Final = "def even(target): return 'odd' if int(target.output.split()[-1]) % 2 else 'even'\n"


@dataclass(slots=True)
class Mill:
    """
    The processes, each a victim under its name, and what was done to them.

    Attributes:
        kills: How often each was killed.
        killed: Who was killed, in this order.
        sent: Traces that were acknowledged.
    """

    url: str
    redis_port: int
    grpc_target: str
    victims: dict[str, Victim]
    kills: Counter[str] = field(default_factory=Counter)
    killed: list[str] = field(default_factory=list)
    sent: int = 0

    def send(self, traces: int) -> None:
        """Send so many more traces to the collector, which acknowledges them whatever is away behind it."""
        for begin in range(self.sent, self.sent + traces, BATCH):
            numbers = range(begin, min(begin + BATCH, self.sent + traces))
            export(self.grpc_target, _request(numbers).SerializeToString())
        self.sent += traces

    def flush(self) -> None:
        """Throw away everything that Redis knows."""
        with contextlib.suppress(RedisError), Redis(port=self.redis_port) as redis:
            redis.flushall()


@contextlib.contextmanager
def mill(folder: Path) -> Iterator[Mill]:
    """Run all parts until the block is left."""
    ports = {name: free_port() for name in ("clickhouse", "redis", "grpc", "http")}
    url = f"http://127.0.0.1:{ports['clickhouse']}/spanmill"
    (folder / "rules.yaml").write_text(RULES)
    (folder / "scorers.py").write_text(SCORERS)
    with judge_endpoint() as judge:
        judge.respond = lambda request: (200, answer(_verdict(str(request["messages"]))))
        environment = clean_environment(
            SPANMILL_CLICKHOUSE_URL=url,
            SPANMILL_REDIS_URL=f"redis://127.0.0.1:{ports['redis']}/0",
            SPANMILL_RULES=str(folder / "rules.yaml"),
            SPANMILL_QUEUE_KEY="secret",
            JUDGE=judge.url,
        )

        @contextlib.contextmanager
        def clickhouse() -> Iterator[Popen[bytes]]:
            with clickhouse_server(folder, ports["clickhouse"]) as server:
                yield server.child

        @contextlib.contextmanager
        def collector() -> Iterator[Popen[bytes]]:
            with collector_process(folder, url, ports=(ports["grpc"], ports["http"])) as running:
                yield running.child

        def part(*arguments: str) -> Victim:
            def started() -> AbstractContextManager[Popen[bytes]]:
                return spanmill(*arguments, log=folder / f"{arguments[0]}.log", environment=environment)

            return Victim(started)

        victims = {
            "ClickHouse": Victim(clickhouse),
            "Redis": Victim(lambda: valkey_server(folder, ports["redis"])),
            "planner": part("planner"),
            "worker 1": part("worker"),
            "worker 2": part("worker"),
            "judge": part("worker", "--pool", "judge"),
        }
        front = Victim(collector)
        try:
            victims["ClickHouse"].start()
            with Store.connect(url) as store:
                migrate(store)
            front.start()
            for name in list(victims)[1:]:
                victims[name].start()
            yield Mill(url, ports["redis"], f"127.0.0.1:{ports['grpc']}", victims)
        finally:
            for victim in (*reversed(victims.values()), front):
                victim.stop()


def kill_at_random(running: Mill, traces: int, kills: int, chosen: random.Random) -> None:
    """Kill, and start again a little later, so many times, while so many traces come in; everything runs afterwards."""
    share = traces // (kills + 1)
    flushed = set(chosen.sample(range(kills), min(FLUSHES, kills)))
    names = list(running.victims)
    for number in range(kills):
        running.send(share)
        time.sleep(chosen.uniform(0, 2))
        name = names[number % len(names)] if number < len(names) else chosen.choice(names)
        running.victims[name].kill()
        running.kills[name] += 1
        running.killed.append(name)
        if number in flushed:
            running.flush()
            running.kills["flushes of Redis"] += 1
        time.sleep(chosen.uniform(0, 1.5))
        running.victims[name].start()
    running.send(traces - running.sent)


def _verdict(prompt: str) -> str:
    """What the judge says: every third answer is bad."""
    found = re.search(r"number\D*(\d+)", prompt)
    choice = "bad" if found and int(found[1]) % 3 == 0 else "good"
    return json.dumps({"rationale": "", "choice": choice})


def _request(numbers: range) -> ExportTraceServiceRequest:
    """A request with one trace per number."""
    request = ExportTraceServiceRequest()
    resource_spans = request.resource_spans.add()
    resource_spans.resource.attributes.append(_attribute("service.name", "bot"))
    scope = resource_spans.scope_spans.add()
    now_ns = time.time_ns()
    for number in numbers:
        ids = [span_id(number * SPANS + offset + 1) for offset in range(SPANS)]
        output = f"The answer to question number {number}"
        told = (
            ("agent", b"", {"gen_ai.operation.name": "invoke_agent", "input.value": "What?", "output.value": output}),
            ("tool", ids[0], {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "lookup"}),
            ("chat", ids[0], {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-5"}),
        )
        for own, (name, parent, attributes) in zip(ids, told, strict=True):
            scope.spans.append(_span(number, own, name, parent, attributes, now_ns))
    return request


def _span(number: int, own: bytes, name: str, parent: bytes, attributes: dict[str, str], now_ns: int) -> Span:
    failed = name == "tool" and number % 10 == 0
    return Span(
        trace_id=trace_id(number + 1),
        span_id=own,
        parent_span_id=parent,
        name=name,
        start_time_unix_nano=now_ns,
        end_time_unix_nano=now_ns + 10**6,
        status=Status(code=Status.STATUS_CODE_ERROR if failed else Status.STATUS_CODE_UNSET),
        attributes=[_attribute(key, value) for key, value in attributes.items()],
    )


def _attribute(key: str, value: str) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(string_value=value))
