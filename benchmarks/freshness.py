"""How soon a trace is scored: the whole of spanmill on this machine, traffic through its collector."""

import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.collector import scratch
from benchmarks.figures import Figure
from benchmarks.traffic import Shape, request
from spanmill_store.client import Store
from support.processes import clean_environment, free_port, spanmill, wait_until

IDLE_S = 5.0
TRACES_PER_S = 50
REQUESTS_PER_S = 10
ROOT_S = 2.0
"""How long a trace of the benchmarks takes."""

SENT_S = 60
RULES = f"""
completion: {{idle_s: {IDLE_S}}}
rules:
- {{name: sql, builtin: error}}
- {{name: python, builtin: refusal}}
- {{name: spans, scope: span, builtin: latency}}
"""
DELAYS = """
SELECT Rule, quantile(0.95)(Delay) AS P95, count() AS Scores
FROM
(
    SELECT Rule, toUnixTimestamp64Milli(score.Time) / 1e3 - toUnixTimestamp64Milli(trace.EndTime) / 1e3 AS Delay
    FROM (SELECT Rule, TraceId, Time FROM scores FINAL) AS score
    INNER JOIN (SELECT TraceId, EndTime FROM traces) AS trace USING (TraceId)
)
GROUP BY Rule
ORDER BY Rule
"""


def freshness(rounds: int) -> list[Figure]:
    """From the end of a trace to its score, by kind of rule, at a steady fifty traces a second."""
    found: dict[str, list[float]] = {}
    for _ in range(rounds):
        for rule, p95_s in _delays():
            found.setdefault(rule, []).append(p95_s)
    note = f"{TRACES_PER_S} traces a second of four spans; completion after {IDLE_S:g} s, the target is 3 s later"
    target = f"< {IDLE_S + 3:g}"
    return [
        Figure(f"end of a trace to its score, p95, rule {rule}", all_s, "s", target, note)
        for rule, all_s in found.items()
    ]


def _delays() -> Iterator[tuple[str, float]]:
    with scratch() as folder, _up(folder) as (otlp, store):
        sent = _send(otlp)
        wait_until(lambda: _scored(store, "sql") >= sent and _scored(store, "python") >= sent, "the scores")
        for row in store.select(DELAYS):
            print(f"{row['Rule']}: p95 {row['P95']:.2f} s of {row['Scores']:,}", file=sys.stderr, flush=True)
            yield row["Rule"], row["P95"]


@contextmanager
def _up(folder: Path) -> Iterator[tuple[str, Store]]:
    rules = folder / "rules.yaml"
    rules.write_text(RULES)
    ports = {name: free_port() for name in ("otlp-grpc-port", "otlp-http-port", "clickhouse-port", "redis-port")}
    options = [text for name, port in ports.items() for text in (f"--{name}", str(port))]
    arguments = ("up", "--data-dir", str(folder / "data"), "--rules", str(rules), *options)
    log = folder / "up.log"
    with spanmill(*arguments, log=log, environment=clean_environment()):
        wait_until(lambda: "spanmill is ready" in log.read_text(), f"spanmill, see {log}")
        with Store.connect(f"http://127.0.0.1:{ports['clickhouse-port']}/spanmill") as store:
            yield f"http://127.0.0.1:{ports['otlp-http-port']}/v1/traces", store


def _send(otlp: str) -> int:
    """Send traces that end now, and return how many."""
    began_s = time.monotonic()
    spans = 4 * TRACES_PER_S // REQUESTS_PER_S
    for number in range(SENT_S * REQUESTS_PER_S):
        time.sleep(max(0.0, began_s + number / REQUESTS_PER_S - time.monotonic()))
        body = request(Shape(spans), number, time.time_ns() - int(ROOT_S * 1e9))
        asked = urllib.request.Request(otlp, body, {"Content-Type": "application/x-protobuf"})
        with urllib.request.urlopen(asked, timeout=30) as response:
            assert response.status == 200
    return SENT_S * TRACES_PER_S


def _scored(store: Store, rule: str) -> int:
    [row] = store.select("SELECT uniqExact(TraceId) AS n FROM scores WHERE Rule = {rule:String}", {"rule": rule})
    return int(row["n"])
