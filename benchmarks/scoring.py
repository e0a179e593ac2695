"""What scoring takes: a planner under twenty rules, rules in SQL and in Python, and parts that are killed."""

import itertools
import json
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis

from benchmarks.collector import scratch
from benchmarks.figures import Figure
from benchmarks.sites import ROOT, resident_mb
from benchmarks.store import fill
from benchmarks.traffic import Shape, Templates
from spanmill_scoring.planner import Planner
from spanmill_scoring.queue.offers import Offers
from spanmill_scoring.queue.worker import build
from spanmill_scoring.rules.files import load
from spanmill_scoring.rules.loaded import LoadedRule
from spanmill_scoring.rules.watched import WatchedRules
from spanmill_scoring.scoring import Bench, load_scorer, score
from spanmill_store import ledger
from spanmill_store.client import Store
from spanmill_store.migrations import migrate
from spanmill_store.otlp.ingest import SignalIngest
from spanmill_store.scoring import backfill
from spanmill_store.scoring.plan import clock_ns
from support.otlp import framed
from support.processes import free_port
from support.servers import ClickHouseServer, clickhouse_server, valkey_server

RULES = 20
CONDITIONS = (
    "ErrorCount > 0",
    "InputTokens > 1000",
    "DurationNs > 1e9",
    "UserId != ''",
    "has(ToolNames, 'order_lookup')",
)
REQUESTS_A_TICK = 20
"""Of 512 spans each: ten thousand spans a second, at one tick a second."""


@contextmanager
def _rules() -> Iterator[Path]:
    """A file with `RULES` rules that want nothing of what is stored, so that only planning is measured."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rules.yaml"
        lines = [
            f'- {{name: r{number}, where: "{CONDITIONS[number % 5]}", sample: 0, '
            f"strata: {{slow: {{where: DurationNs > 1e15, sample: 1}}}}, sql: '1'}}"
            for number in range(RULES)
        ]
        path.write_text("completion: {idle_s: 1, lookback_s: 864000}\nrules:\n" + "\n".join(lines))
        yield path


KILLED_TRACES = 20_000


def kills(count: int) -> list[Figure]:
    """The chaos test of scoring, with many traces and kills."""
    with scratch() as folder:
        report = folder / "report.json"
        test = "tests/scoring_workers/test_chaos.py"
        options = [
            "--scoring-kills",
            str(count),
            "--scoring-traces",
            str(KILLED_TRACES),
            "--scoring-report",
            str(report),
        ]
        command = [sys.executable, "-m", "pytest", "-q", test, *options, "--timeout", "3600"]
        subprocess.run(command, cwd=ROOT, check=False, stdout=sys.stderr)
        seen = json.loads(report.read_text())
    killed = ", ".join(f"{name} {times}" for name, times in seen["kills"].items())
    note = f"{seen['traces']:,} traces, 6 rules, {seen['scores']:,} scores; killed: {killed}"
    wrong = ("states_missing", "failures", "scores_doubled", "scores_missing", "scores_spurious", "flags_missing")
    counted = [
        Figure(f"{name.replace('_', ' ')} after {count} kills", [float(seen[name])], "", "0", note) for name in wrong
    ]
    return [
        *counted,
        Figure("until every target has its final state", [seen["recovered_s"]], "s", "< 120", "after the last kill"),
    ]


def planner(millions: float, rounds: int) -> list[Figure]:
    """The first look at everything, and ticks while ten thousand spans a second come in."""
    with (
        scratch() as folder,
        clickhouse_server(folder) as server,
        Store.connect(f"{server.url}/spanmill") as store,
        _valkey(folder) as redis,
        _rules() as path,
    ):
        migrate(store)
        _, spans = fill(store, f"{server.url}/spanmill", millions)
        mill = Planner(store, WatchedRules(path), Offers(redis))
        time.sleep(3)
        began_s = time.perf_counter()
        mill.tick()
        first_s = time.perf_counter() - began_s
        [row] = store.select("SELECT count() AS n FROM completions FINAL")
        print(f"{row['n']:,} traces are complete after {first_s:.1f} s", file=sys.stderr, flush=True)
        ticks_s = list(_ticks(mill, f"{server.url}/spanmill", rounds * 10))
        print("ticks:", ", ".join(f"{one:.2f}" for one in ticks_s), "s", file=sys.stderr, flush=True)
        peak_mb = _peak_mb(server)
    note = f"{spans:,} spans, {RULES} rules"
    p95 = statistics.quantiles(ticks_s, n=20)[-1]
    return [
        Figure(
            "first tick, over everything", [first_s], "s", "", f"{note}; {row['n']:,} traces, {RULES} decisions each"
        ),
        Figure(
            "a tick of the planner, p95",
            [p95],
            "s",
            "< 1",
            f"{note}; {REQUESTS_A_TICK * 512:,} new spans a tick; median {statistics.median(ticks_s):.2f} s",
        ),
        Figure("server memory while planned", [peak_mb], "MB", "< 2,000", "peak resident, filled and planned"),
    ]


def _ticks(mill: Planner, url: str, count: int) -> Iterator[float]:
    """Give how long each tick takes, one a second at most, while new spans come in between."""
    bodies = iter(Templates(Shape(), 64, hours=1))
    with SignalIngest(url, "traces") as ingest:
        for _ in range(count):
            some = itertools.islice(bodies, REQUESTS_A_TICK)
            records = (framed(body, 512, time_ns=time.time_ns()) for body in some)
            ingest.insert([b"".join(part for one in records for part in one.parts)], secrets.token_hex(8))
            began_s = time.perf_counter()
            mill.tick()
            took_s = time.perf_counter() - began_s
            yield took_s
            time.sleep(max(0.0, 1 - took_s))


SQL_RULES = {
    "spans, by status": "{name: r, scope: span, builtin: error}",
    "spans, by text": "{name: r, scope: span, builtin: {contains: {none: [guarantee]}}}",
    "traces, by counts": "{name: r, builtin: error}",
}
PYTHON_RULES = {
    "spans": "{name: r, scope: span, builtin: refusal}",
    "traces with their spans": "{name: r, builtin: tool_errors}",
}


def sql_rule(millions: float, rounds: int) -> list[Figure]:
    """What waits for a rule in SQL, scored inside ClickHouse as a worker does it; entered by a backfill before."""
    figures = []
    with scratch() as folder, clickhouse_server(folder) as server, Store.connect(f"{server.url}/spanmill") as store:
        migrate(store)
        _, spans = fill(store, f"{server.url}/spanmill", millions)
        for name, text in SQL_RULES.items():
            took_s, targets, entered_s = [], 0, 0.0
            for number in range(rounds):
                with _one_rule(text.replace("name: r", f"name: r{number}")) as loaded:
                    targets, entered_s = _entered(store, loaded)
                    began_s = time.perf_counter()
                    states = score(Bench(store, load_scorer), loaded, [])
                    took_s.append(time.perf_counter() - began_s)
                    assert sum(states.values()) == targets, (states, targets)
            note = f"{spans:,} spans, {targets:,} targets, from waiting to closed; entering them took {entered_s:.1f} s"
            figures.append(Figure(f"a rule in SQL over {name}", took_s, "s", "< 5", note))
        peak_mb = _peak_mb(server)
    return [
        *figures,
        Figure("server memory while scored in SQL", [peak_mb], "MB", "< 2,000", "peak resident, filled too"),
    ]


def python_rule(millions: float, rounds: int) -> list[Figure]:
    """Spans a second of one worker: the real one, which forks for every job, reads, scores and writes."""
    figures = []
    with (
        scratch() as folder,
        clickhouse_server(folder) as server,
        Store.connect(f"{server.url}/spanmill") as store,
        _valkey(folder) as redis,
    ):
        migrate(store)
        _, spans = fill(store, f"{server.url}/spanmill", millions)
        for name, text in PYTHON_RULES.items():
            with _one_rule(text) as loaded:
                targets, _ = _entered(store, loaded)
                per_target = spans / targets
                rates = [per_target * rate for rate in _rates(store, redis, loaded, server.url, rounds)]
            note = f"{spans:,} spans stored, {per_target:.2g} spans a target; fork, read, score, write"
            figures.append(
                Figure(f"a built-in rule in Python over {name}, one worker", rates, "spans/s", "≥ 20,000", note)
            )
    return figures


def _rates(store: Store, redis: Redis, loaded: LoadedRule, url: str, rounds: int) -> Iterator[float]:
    """Give targets a second of one worker, over as much as the planner offers in a tick."""
    rules = WatchedRules(loaded.file)
    mill = Planner(store, rules, Offers(redis))
    worker = build(redis, "fast", f"{url}/spanmill", rules)
    for _ in range(rounds):
        mill.tick()
        before = _done(store, loaded)
        began_s = time.perf_counter()
        worker.work(burst=True, logging_level="WARNING")
        took_s = time.perf_counter() - began_s
        yield (_done(store, loaded) - before) / took_s


def _done(store: Store, loaded: LoadedRule) -> int:
    """Targets of *loaded* that wait no more."""
    [status] = [status for status in ledger.status(store) if status.version == loaded.version]
    return status.scored + status.failed + status.filtered


@contextmanager
def _one_rule(text: str) -> Iterator[LoadedRule]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rules.yaml"
        path.write_text(f"completion: {{idle_s: 0, lookback_s: 864000}}\nrules:\n- {text}\n")
        [loaded] = load(path).rules.values()
        yield loaded


def _entered(store: Store, loaded: LoadedRule) -> tuple[int, float]:
    """Enter everything into the ledger of *loaded*; return how many targets that were, and how long it took."""
    now_ns = clock_ns(store)
    patience = loaded.completion.patience
    began_s = time.perf_counter()
    backfill.complete(store, patience, now_ns - 8 * 86_400 * 10**9, now_ns, "benchmark")
    windows = backfill.windows(store, now_ns - 9 * 86_400 * 10**9, now_ns + 86_400 * 10**9)
    targets = sum(backfill.enter(store, loaded.planned, window, clock_ns(store)) for window in windows)
    return targets, time.perf_counter() - began_s


@contextmanager
def _valkey(folder: Path) -> Iterator[Redis]:
    port = free_port()
    with valkey_server(folder, port), Redis(port=port) as redis:
        yield redis


def _peak_mb(server: ClickHouseServer) -> float:
    return resident_mb(server.pid, peak=True)
