"""What the collector takes: throughput beside others, small and large requests, latency, memory, and kills."""

import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import rivals
from benchmarks.figures import Figure
from benchmarks.load import Order, Outcome
from benchmarks.sites import (
    ROOT,
    Sampler,
    Shipped,
    Site,
    cpu_s,
    load,
    outcome_of,
    resident_mb,
    send,
    send_until_visible,
    spanmill_site,
)
from benchmarks.traffic import Shape

PER_S = "spans/s"
FULL = 1600
"""Requests of a full load, 820 000 spans: some eight seconds."""


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="spanmill-bench-") as name:
        yield Path(name)


def stored(site: Site) -> int:
    """Spans that a query sees."""
    return int(site.store.select("SELECT count() AS n FROM otel_traces")[0]["n"])


def rows_settled(site: Site) -> bool:
    """Whether the engine has nothing to merge at the moment."""
    return site.store.select("SELECT 1 FROM system.merges LIMIT 1") == []


def measured(site: Site, order: Order) -> Shipped:
    """Send *order* and wait until it is visible."""
    return send_until_visible(order, lambda: stored(site))


def beside_rotel(rounds: int) -> list[Figure]:
    """Spans of 1 kB, 512 a request, over gRPC: we and rotel on one ClickHouse, each first every other time."""
    ours: list[Shipped] = []
    theirs: list[Shipped] = []
    peak_mb: list[float] = []
    rotel_mb: list[float] = []

    def us(site: Site) -> None:
        ours.append(measured(site, Order(site.collector.grpc_target, FULL)))
        peak_mb.append(resident_mb(site.collector.pid, peak=True))

    def them(site: Site) -> None:
        with rivals.rotel(site.collector.data_dir.parent / "rotel", site.clickhouse) as rival:
            theirs.append(send_until_visible(Order(rival.target, FULL), rival.count))
            rotel_mb.append(resident_mb(rival.pid, peak=True))

    for number in range(rounds):
        with scratch() as folder, spanmill_site(folder) as site:
            for turn in (us, them) if number % 2 else (them, us):
                turn(site)
                _settle(site)
    ratio = [one.visible_per_s / other.visible_per_s for one, other in zip(ours, theirs, strict=True)]
    return [
        Figure("to visible", [one.visible_per_s for one in ours], PER_S, "≥ 100,000", "first call to last span in SQL"),
        Figure("acknowledged", [one.outcome.acknowledged_per_s for one in ours], PER_S, "≥ 150,000", "after fsync"),
        Figure("rotel to visible", [one.visible_per_s for one in theirs], PER_S, "", f"{rivals.ROTEL}, its own tables"),
        Figure(
            "rotel acknowledged",
            [one.outcome.acknowledged_per_s for one in theirs],
            PER_S,
            "",
            "from memory: a kill loses what it acknowledged",
        ),
        Figure("spanmill : rotel, to visible", ratio, "×", "≥ 1.25", "round by round, on the same ClickHouse"),
        Figure("memory of the collector at full load", peak_mb, "MB", "< 250", "peak resident"),
        Figure("memory of rotel at full load", rotel_mb, "MB", "", "peak resident"),
    ]


def _settle(site: Site) -> None:
    deadline = time.monotonic() + 60
    while not rows_settled(site) and time.monotonic() < deadline:
        time.sleep(0.5)


def beside_servers(rounds: int, ours_per_s: float) -> list[Figure]:
    """The same requests to Phoenix and MLflow, held against *ours_per_s*."""
    found = {"Phoenix": list[float](), "MLflow": list[float]()}
    for _ in range(rounds):
        for name, run, requests in (("Phoenix", rivals.phoenix, 8), ("MLflow", rivals.mlflow, 20)):
            with scratch() as folder, run(folder) as rival:
                order = Order(rival.target, requests, concurrency=4, headers=rival.headers)
                found[name].append(send_until_visible(order, rival.count, 600).visible_per_s)
    return [
        Figure("Phoenix stored", found["Phoenix"], PER_S, "", f"{rivals.PHOENIX}, SQLite"),
        Figure("MLflow stored", found["MLflow"], PER_S, "", f"{rivals.MLFLOW}, SQLite"),
        *(
            Figure(f"spanmill : {name}, stored", [ours_per_s / value for value in values], "×", "≥ 100", "our median")
            for name, values in found.items()
        ),
    ]


def small_requests(rounds: int) -> list[Figure]:
    """One span to a request, and 64."""
    one: list[float] = []
    visible: list[float] = []
    many: list[float] = []
    for _ in range(rounds):
        with scratch() as folder, spanmill_site(folder) as site:
            order = Order(site.collector.grpc_target, 30_000, Shape(1), concurrency=64, is_lean=True)
            shipped = measured(site, order)
            one.append(shipped.outcome.acknowledged_per_s)
            visible.append(shipped.visible_per_s)
        with scratch() as folder, spanmill_site(folder) as site:
            order = Order(site.collector.grpc_target, 8_000, Shape(64), concurrency=16)
            many.append(measured(site, order).visible_per_s)
    return [
        Figure("1 span a request", one, "requests/s", "≥ 4,000", "acknowledged after fsync; see benchmarks/lean.py"),
        Figure("1 span a request, to visible", visible, PER_S, "", ""),
        Figure("64 spans a request, to visible", many, PER_S, "≥ 60,000", ""),
    ]


def half_load(rounds: int, full_per_s: float) -> list[Figure]:
    """Latency at half of what becomes visible at full load."""
    outcomes: list[Outcome] = []
    for _ in range(rounds):
        with scratch() as folder, spanmill_site(folder) as site:
            per_s = full_per_s / 2 / 512
            outcomes.append(send(Order(site.collector.grpc_target, round(per_s * 15), concurrency=32, per_s=per_s)))
    note = f"{full_per_s / 2:,.0f} spans/s, 512 a request, 15 s a round"
    return [
        Figure("acknowledgement p50 at half load", [one.percentile_ms(0.5) for one in outcomes], "ms", "< 10", note),
        Figure("acknowledgement p99 at half load", [one.percentile_ms(0.99) for one in outcomes], "ms", "< 50", note),
    ]


def large_spans(rounds: int) -> list[Figure]:
    """Spans with long conversations."""
    shipped: list[Shipped] = []
    for _ in range(rounds):
        with scratch() as folder, spanmill_site(folder) as site:
            shape = Shape(16, words=28_000)
            shipped.append(measured(site, Order(site.collector.grpc_target, 1000, shape, concurrency=8)))
    size = statistics.median(one.outcome.bytes / one.outcome.spans for one in shipped)
    visible = [one.outcome.bytes / 1e6 / (one.visible_s - one.outcome.began_s) for one in shipped]
    note = f"{size / 1000:,.0f} kB a span on average, 16 a request"
    return [
        Figure("large spans, acknowledged", [one.outcome.megabytes_per_s for one in shipped], "MB/s", "≥ 100", note),
        Figure("large spans, to visible", visible, "MB/s", "", note),
    ]


def without_clickhouse() -> list[Figure]:
    """Two gigabytes come in while ClickHouse is away."""
    with scratch() as folder, spanmill_site(folder) as site:
        site.clickhouse.child.kill()
        site.clickhouse.child.wait()
        outcome = send(Order(site.collector.grpc_target, 4000))
        peak_mb = resident_mb(site.collector.pid, peak=True)
    note = f"{outcome.bytes / 1e9:.1f} GB spooled at {outcome.acknowledged_per_s:,.0f} spans/s"
    return [Figure("memory of the collector while ClickHouse is away", [peak_mb], "MB", "< 250", note)]


def flat_cost(millions: int) -> list[Figure]:
    """Processor time of collector and ClickHouse, merges included, for each further million spans."""
    costs: list[float] = []
    with scratch() as folder, spanmill_site(folder) as site:
        pids = (site.clickhouse.pid, site.collector.pid)
        for _ in range(millions):
            before = cpu_s(*pids)
            shipped = measured(site, Order(site.collector.grpc_target, 1954))
            costs.append((cpu_s(*pids) - before) / shipped.outcome.spans * 1e6)
    # Up to two million there is nothing to merge yet: that work is owed, not saved.
    first, last = statistics.mean(costs[2:5] or costs), statistics.mean(costs[-3:])
    note = "the millions in turn: " + ", ".join(f"{cost:.1f}" for cost in costs)
    return [
        Figure(f"cost of a span, over {millions} million", costs, "µs of CPU", "", note),
        Figure(
            "cost of the last three million : of the third to fifth",
            [last / first],
            "×",
            "0.9 … 1.1",
            "before the third million nothing is merged yet",
        ),
    ]


def soak(minutes: float, full_per_s: float) -> list[Figure]:
    """Memory over minutes at half load."""
    with scratch() as folder, spanmill_site(folder) as site:
        per_s = full_per_s / 2 / 512
        order = Order(site.collector.grpc_target, round(per_s * 60 * minutes), concurrency=32, per_s=per_s)
        with load(order) as start, Sampler(lambda: resident_mb(site.collector.pid)) as sampler:
            outcome = outcome_of(start())
    values = sampler.values
    fifth = len(values) // 5
    growth = statistics.mean(values[-fifth:]) - statistics.mean(values[fifth : 2 * fifth])
    note = f"{minutes:g} minutes, {outcome.spans / 1e6:.1f} million spans, at most {max(values):.0f} MB"
    return [Figure("growth over the soak", [growth], "MB", "none", note + "; last fifth less the second")]


def engine_alone(rounds: int) -> list[Figure]:
    """ClickHouse's own rate: the same segments into the same tables and into a plain one, without a collector."""
    command = [sys.executable, "-m", "benchmarks.engine"]
    found: list[dict[str, float]] = []
    for _ in range(rounds):
        with scratch() as folder:
            done = subprocess.run([*command, str(folder)], cwd=ROOT, capture_output=True, text=True, check=True)
            found.append(json.loads(done.stdout))
    return [
        Figure("ClickHouse alone, our tables", [one["ours"] for one in found], PER_S, "", "decode, map and store"),
        Figure("ClickHouse alone, a plain table", [one["plain"] for one in found], PER_S, "", "the standard columns"),
        Figure("ClickHouse alone, no table", [one["decode"] for one in found], PER_S, "", "decode only"),
    ]


def kills(count: int) -> list[Figure]:
    """The chaos test, with many kills."""
    with scratch() as folder:
        report = folder / "report.json"
        test = "tests/collector/test_chaos.py"
        command = [sys.executable, "-m", "pytest", "-q", test, "--kills", str(count), "--kills-report", str(report)]
        subprocess.run([*command, "--timeout", "1800"], cwd=ROOT, check=False, stdout=sys.stderr)
        seen = json.loads(report.read_text())
    killed = ", ".join(f"{name} {times}" for name, times in seen["kills"].items())
    note = f"{seen['requests']:,} requests acknowledged; {killed}; {seen['segments_replayed']} segments replayed"
    wrong = ("missing", "duplicated", "corrupted", "spurious", "unaccounted")
    return [Figure(f"{name} spans after {count} kills", [float(seen[name])], "", "0", note) for name in wrong]
