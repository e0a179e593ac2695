"""The collector's metrics: one table that declares them, and one method per event that moves them."""

from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from spanmill_collector.errors import Reason

Transport = Literal["grpc", "http"]

SECONDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metric(NamedTuple):
    """One row of the table: the exported name, its kind, what it says, and its labels."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    description: str
    labels: tuple[str, ...] = ()


TABLE: Final = (
    Metric("spanmill_collector_received_requests_total", "counter", "Requests that arrived.", ("transport",)),
    Metric("spanmill_collector_received_bytes_total", "counter", "Bytes of requests, decompressed.", ("transport",)),
    Metric("spanmill_collector_acknowledged_requests_total", "counter", "Requests acknowledged.", ("transport",)),
    Metric("spanmill_collector_acknowledged_spans_total", "counter", "Spans acknowledged.", ("transport",)),
    Metric("spanmill_collector_refused_requests_total", "counter", "Requests refused.", ("transport", "reason")),
    Metric("spanmill_collector_refused_spans_total", "counter", "Spans left out of accepted requests.", ("transport",)),
    Metric("spanmill_collector_commit_duration_seconds", "histogram", "Write and sync of one group commit."),
    Metric("spanmill_collector_commit_failures_total", "counter", "Group commits that could not be made durable."),
    Metric("spanmill_collector_in_flight_bytes", "gauge", "Bytes of requests being read or committed."),
    Metric("spanmill_collector_wal_bytes", "gauge", "Bytes that wait for ClickHouse."),
    Metric("spanmill_collector_wal_limit_bytes", "gauge", "Bytes that may wait before requests are refused."),
    Metric("spanmill_collector_waiting_segments", "gauge", "Sealed segments that wait for ClickHouse."),
    Metric("spanmill_collector_shipped_segments_total", "counter", "Segments that ClickHouse stored."),
    Metric("spanmill_collector_shipped_bytes_total", "counter", "Bytes of segments that ClickHouse stored."),
    Metric("spanmill_collector_dead_letter_segments_total", "counter", "Segments that ClickHouse refused for good."),
    Metric("spanmill_collector_ship_failures_total", "counter", "Attempts to ship that will be repeated."),
    Metric("spanmill_collector_ship_duration_seconds", "histogram", "Insert of one segment."),
)


class Metrics:
    """
    The metrics of one collector, in a registry of their own.

    Attributes:
        registry: What ``/metrics`` renders.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._counters: dict[str, Counter] = {}
        self._children: dict[tuple[str, ...], Counter] = {}
        self._gauges: dict[str, Gauge] = {}
        self._histograms: dict[str, Histogram] = {}
        for metric in TABLE:
            self._declare(metric)

    def _declare(self, metric: Metric) -> None:
        short = metric.name.removeprefix("spanmill_collector_")
        if metric.kind == "counter":
            self._counters[short] = Counter(metric.name, metric.description, metric.labels, registry=self.registry)
        elif metric.kind == "gauge":
            self._gauges[short] = Gauge(metric.name, metric.description, registry=self.registry)
        else:
            self._histograms[short] = Histogram(
                metric.name, metric.description, buckets=SECONDS, registry=self.registry
            )

    def _counter(self, *name_and_labels: str) -> Counter:
        """Look up one time series; the library's own look-up is ten times slower, and every request needs four."""
        child = self._children.get(name_and_labels)
        if child is None:
            name, *labels = name_and_labels
            counter = self._counters[name]
            child = self._children[name_and_labels] = counter.labels(*labels) if labels else counter
        return child

    def received(self, transport: Transport) -> None:
        """Count a request, whatever becomes of it."""
        self._counter("received_requests_total", transport).inc()

    def received_bytes(self, transport: Transport, size_bytes: int) -> None:
        """Count the body of a request that was read to its end."""
        self._counter("received_bytes_total", transport).inc(size_bytes)

    def acknowledged(self, transport: Transport, spans: int, rejected_spans: int) -> None:
        """Count a request that was answered with success."""
        self._counter("acknowledged_requests_total", transport).inc()
        self._counter("acknowledged_spans_total", transport).inc(spans)
        if rejected_spans:
            self._counter("refused_spans_total", transport).inc(rejected_spans)

    def refused(self, transport: Transport, reason: Reason) -> None:
        """Count a request that was refused as a whole."""
        self._counter("refused_requests_total", transport, reason.value.label).inc()

    def committed(self, took_s: float) -> None:
        """Count one group commit."""
        self._histograms["commit_duration_seconds"].observe(took_s)

    def commit_failed(self) -> None:
        """Count one group commit that was refused."""
        self._counter("commit_failures_total").inc()

    def shipped(self, size_bytes: int, took_s: float) -> None:
        """Count a segment that ClickHouse stored."""
        self._counter("shipped_segments_total").inc()
        self._counter("shipped_bytes_total").inc(size_bytes)
        self._histograms["ship_duration_seconds"].observe(took_s)

    def dead_lettered(self) -> None:
        """Count a segment that ClickHouse refused for good."""
        self._counter("dead_letter_segments_total").inc()

    def ship_failed(self) -> None:
        """Count an attempt to ship that will be repeated."""
        self._counter("ship_failures_total").inc()

    def watch(self, gauge: str, read: Callable[[], float]) -> None:
        """Let *gauge* (its name without prefix) show what *read* returns when somebody looks."""
        self._gauges[gauge].set_function(read)

    def render(self) -> bytes:
        """Render everything in Prometheus' text format."""
        return generate_latest(self.registry)
