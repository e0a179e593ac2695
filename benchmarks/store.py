"""What the store answers how fast, and what it takes on disk: ten million spans over a week, in the embedded server."""

import functools
import itertools
import json
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.collector import scratch
from benchmarks.conversation import Conversation
from benchmarks.demo_traffic import record
from benchmarks.figures import Figure
from benchmarks.sites import ROOT, resident_mb
from benchmarks.traffic import WINDOW_NS, Shape, Templates
from spanmill_store import usage
from spanmill_store.client import Store
from spanmill_store.dashboard import dashboard
from spanmill_store.listing import HOUR_NS, Filters, page
from spanmill_store.migrations import migrate
from spanmill_store.otlp.ingest import SignalIngest
from spanmill_store.packing import pack
from spanmill_store.trace_spans import skeleton
from support.otlp import framed
from support.servers import clickhouse_server

WEEK_H = 7 * 24
Ask = Callable[[dict[str, Any]], Any]
"""A question with the values of a trace."""

SEGMENT = 136
"""Requests of 512 spans that make a segment as large as the collector's."""

DEMO_CONVERSATIONS = 1000
DEMO_SPANS = 1_400_000
"""As many as ten million spans over a week have in a day."""


def queries(millions: float, rounds: int) -> list[Figure]:
    """Fill a store and ask it what people ask, each question 20 times a round, with other values."""
    with (
        scratch() as folder,
        clickhouse_server(folder) as server,
        Store.connect(f"{server.url}/spanmill") as store,
    ):
        migrate(store)
        raw_bytes, spans = fill(store, f"{server.url}/spanmill", millions)
        filled_mb = resident_mb(server.pid, peak=True)
        _merge_past_days(store)
        began_s = time.perf_counter()
        minutes = usage.fold(store)
        folded_s = time.perf_counter() - began_s
        print(f"{spans:,} spans, {minutes:,} minutes of usage", file=sys.stderr, flush=True)
        figures = _answers(store, rounds)
        on_disk = _bytes_on_disk(store)
        peak_mb = resident_mb(server.pid, peak=True)
    per_span = sum(on_disk.values()) / spans
    return [
        *figures,
        Figure("server memory while filled", [filled_mb], "MB", "< 2,000", "peak resident"),
        Figure("server memory, over all", [peak_mb], "MB", "< 2,000", "peak resident, with merges and questions"),
        Figure("OTLP on the wire", [raw_bytes / spans], "bytes a span", "", "uncompressed"),
        Figure("on disk", [per_span], "bytes a span", "", f"days before today merged; {_shares(on_disk, spans)}"),
        Figure("wire : disk", [raw_bytes / spans / per_span], "×", "≥ 6", "words drawn at random: hard to compress"),
        Figure("counting usage", [folded_s * 1e6 / spans], "µs a span", "", "a week at once, wall time"),
    ]


def fill(store: Store, url: str, millions: float) -> tuple[int, int]:
    """Store that many spans, whose times are spread over the week before now."""
    requests = int(millions * 1e6) // 512
    windows = int(WEEK_H * HOUR_NS) // WINDOW_NS
    stride = max(1, windows * 8 // requests)
    bodies = iter(Templates(Shape(), 64, hours=(requests // 8 * stride + 2) * WINDOW_NS / HOUR_NS, stride=stride))
    raw_bytes = 0
    with SignalIngest(url, "traces") as ingest:
        for begin in range(0, requests, SEGMENT):
            some = list(itertools.islice(bodies, min(SEGMENT, requests - begin)))
            raw_bytes += sum(map(len, some))
            records = (framed(body, 512, time_ns=time.time_ns()) for body in some)
            ingest.insert([b"".join(part for one in records for part in one.parts)], secrets.token_hex(8))
    [counted] = store.select("SELECT count() AS n FROM otel_traces")
    assert int(counted["n"]) == requests * 512
    return raw_bytes, requests * 512


def _merge_past_days(store: Store) -> None:
    """What ClickHouse does by itself when nothing was added to a day for four hours."""
    today = datetime.now(UTC).date()
    for table in ("otel_traces", "trace_parts"):
        for row in store.select(
            f"SELECT DISTINCT partition AS day FROM system.parts WHERE active AND table = '{table}'"
        ):
            if str(row["day"]) < str(today):
                store.execute(f"OPTIMIZE TABLE {table} PARTITION '{row['day']}' FINAL")


def demo_bytes() -> list[Figure]:
    """What the demo's own conversations take on disk: a day of as many spans as the fill has a day, merged."""
    spans, size = 0, 0
    with scratch() as folder, clickhouse_server(folder) as server, Store.connect(f"{server.url}/spanmill") as store:
        migrate(store)
        traffic = record(DEMO_CONVERSATIONS, folder)
        midnight = datetime.combine(datetime.now(UTC).date(), datetime.min.time(), UTC)
        end_ns = int(midnight.timestamp()) * 10**9 - int(HOUR_NS)
        requests = traffic.copies(DEMO_SPANS, end_ns - 22 * int(HOUR_NS), end_ns)
        with SignalIngest(f"{server.url}/spanmill", "traces") as ingest:
            while some := list(itertools.islice(requests, SEGMENT)):
                spans += sum(held for held, _ in some)
                size += sum(len(body) for _, body in some)
                records = (framed(body, held, time_ns=time.time_ns()) for held, body in some)
                ingest.insert([b"".join(part for one in records for part in one.parts)], secrets.token_hex(8))
        _merge_past_days(store)
        on_disk = _bytes_on_disk(store)
    per_span = sum(on_disk.values()) / spans
    return [
        Figure("the demo's conversations, on the wire", [size / spans], "bytes a span", "", "uncompressed"),
        Figure(
            "… on disk", [per_span], "bytes a span", "", f"{spans:,} spans of a day, merged; {_shares(on_disk, spans)}"
        ),
        Figure(
            "… wire : disk",
            [size / spans / per_span],
            "×",
            "≥ 6",
            f"{DEMO_CONVERSATIONS} conversations of 12 scenarios, copied with ids, times and numbers of their own",
        ),
    ]


def _shares(on_disk: dict[str, int], spans: int) -> str:
    return ", ".join(f"{table} {size / spans:.0f}" for table, size in sorted(on_disk.items(), key=lambda one: -one[1]))


def _bytes_on_disk(store: Store) -> dict[str, int]:
    rows = store.select(
        "SELECT table, sum(bytes_on_disk) AS n FROM system.parts"
        " WHERE active AND database = currentDatabase() GROUP BY table"
    )
    return {row["table"]: int(row["n"]) for row in rows}


def _answers(store: Store, rounds: int) -> list[Figure]:
    chosen = store.select(
        "SELECT TraceId, UserId, SessionId, splitByChar(' ', Input.Text) AS words FROM trace_parts"
        " WHERE cityHash64(TraceId) % 5000 = 0 ORDER BY cityHash64(TraceId, 1) LIMIT {n:UInt32}",
        {"n": rounds * 20},
    )
    models = store.select("SELECT DISTINCT Name FROM usage WHERE SpanType = 'llm' AND Name != '' ORDER BY Name")
    names = itertools.cycle(row["Name"] for row in models)
    now = datetime.now(UTC)
    one_day_ns = time.time_ns() - 24 * HOUR_NS

    def search(row: dict[str, Any], more: str = "") -> Any:
        text = " ".join(row["words"][2:4]) + more
        return page(store, filters=Filters(text=text), since_ns=one_day_ns)

    def of(**chosen: Any) -> Any:
        return page(store, filters=Filters(**chosen))

    asked: list[tuple[str, str, Ask]] = [
        ("open a trace by its id", "< 60", lambda row: skeleton(store, row["TraceId"])),
        ("newest 50 traces", "< 120", lambda _: of()),
        ("… of a user", "< 120", lambda row: of(user=row["UserId"])),
        ("… of a session", "< 120", lambda row: of(session=row["SessionId"])),
        ("… with a model", "< 120", lambda _: of(name=next(names))),
        ("… of a service", "< 120", lambda _: of(service="support-bot")),
        ("… that failed", "< 120", lambda _: of(failed=True)),
        ("… of nobody", "< 120", lambda row: of(user=row["TraceId"])),
        ("text in inputs of the last day", "< 500", search),
        ("… that occurs nowhere", "< 500", lambda row: search(row, "~")),
        ("dashboard of a week", "< 300", lambda _: dashboard(store, since=now - timedelta(days=7))),
    ]
    return [_p95(name, target, [functools.partial(ask, row) for row in chosen]) for name, target, ask in asked]


def _p95(name: str, target: str, calls: list[Callable[[], Any]]) -> Figure:
    """The 95th percentile of the wall times of *calls*, in milliseconds; the first one warms up."""
    calls[0]()
    times_ms = []
    for call in calls:
        began_s = time.perf_counter()
        call()
        times_ms.append((time.perf_counter() - began_s) * 1e3)
    p95 = statistics.quantiles(times_ms, n=20)[-1]
    note = f"of {len(calls)} calls; median {statistics.median(times_ms):.0f} ms, longest {max(times_ms):.0f} ms"
    figure = Figure(f"{name}, p95", [p95], "ms", target, note)
    print(figure.row(), file=sys.stderr, flush=True)
    return figure


def mapping_cost(rounds: int) -> list[Figure]:
    """CPU of storing a span in the mapped table and in a plain one, side by side."""
    found: list[dict[str, float]] = []
    for _ in range(rounds):
        with scratch() as folder:
            command = [sys.executable, "-m", "benchmarks.engine", str(folder)]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
            found.append(json.loads(done.stdout))
    unit = "µs of CPU"
    ratios = [one["mapped_us"] / one["plain_us"] for one in found]
    return [
        Figure(
            "a span in a plain table",
            [one["plain_us"] for one in found],
            unit,
            "",
            "decode, sort, compress, store; merges come later",
        ),
        Figure("a span in otel_traces", [one["mapped_us"] for one in found], unit, "", "the same, and mapped"),
        Figure("mapped : plain", ratios, "×", "≤ 1.35", "round by round"),
        Figure("a span in all tables", [one["ours_us"] for one in found], unit, "", "traces and books too"),
    ]


def large_trace(rounds: int) -> list[Figure]:
    """A trace of 30 000 spans among others."""
    spans = 30_000
    with scratch() as folder, clickhouse_server(folder) as server, Store.connect(f"{server.url}/spanmill") as store:
        migrate(store)
        fill(store, f"{server.url}/spanmill", 0.2)
        conversation = Conversation(turns=1, spans_a_turn=spans)
        with SignalIngest(f"{server.url}/spanmill", "traces") as ingest:
            ingest.insert([conversation.segment()], secrets.token_hex(8))
        times_s = []
        for _ in range(rounds * 4):
            began_s = time.perf_counter()
            assert len(skeleton(store, conversation.trace_ids[0])) == spans
            times_s.append(time.perf_counter() - began_s)
    return [Figure("open a trace of 30 000 spans", times_s, "s", "< 1", "all rows, as Python objects")]


def conversations() -> list[Figure]:
    """Conversations of 20 turns whose agent sends its whole history each time, before and after packing."""
    with scratch() as folder, clickhouse_server(folder) as server, Store.connect(f"{server.url}/spanmill") as store:
        migrate(store)
        all_of_them = [Conversation(turns=20, seed=seed) for seed in range(200)]
        with SignalIngest(f"{server.url}/spanmill", "traces") as ingest:
            for segment in _interleaved(all_of_them):
                ingest.insert([segment], secrets.token_hex(8))
        store.execute("OPTIMIZE TABLE otel_traces FINAL")
        before = _bytes_on_disk(store)
        [done] = pack(store, before=all_of_them[0].day + timedelta(days=1))
        store.execute("OPTIMIZE TABLE messages FINAL")
        after = _bytes_on_disk(store)
        sent = sum(one.content_bytes for one in all_of_them)
        said = sum(one.said_bytes for one in all_of_them)
    count = len(all_of_them)
    return [
        Figure("a conversation of 20 turns, as sent", [sent / count / 1e3], "kB", "", "content, uncompressed"),
        Figure("… what was said in it, once", [said / count / 1e3], "kB", "", "uncompressed"),
        Figure("… on disk, not packed", [before["otel_traces"] / count / 1e3], "kB", "", "merged, ZSTD"),
        Figure(
            "… on disk, packed",
            [(after["otel_traces"] + after["messages"]) / count / 1e3],
            "kB",
            "",
            f"{done.repeated_bytes / done.content_bytes:.0%} of the content was repeated; with its messages",
        ),
        Figure(
            "not packed : packed",
            [before["otel_traces"] / (after["otel_traces"] + after["messages"])],
            "×",
            "",
            "200 conversations at the same time",
        ),
    ]


def _interleaved(conversations: list[Conversation]) -> Iterator[bytes]:
    """One segment a turn, with this turn of all conversations."""
    for turn in range(conversations[0].turns):
        yield b"".join(one.segment(turn) for one in conversations)
