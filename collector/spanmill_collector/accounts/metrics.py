"""
The collector's own metrics: a declared table, rendered in Prometheus' text format.

Per signal and key these hold at any time, up to what is under way at that moment::

    received = acknowledged + refused
    acknowledged + recovered = stored + dead_letter + lost + waiting
"""

from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from spanmill_collector.accounts.tally import Account, Tally

Transport = Literal["grpc", "http"]

SECONDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
PREFIX: Final = "spanmill_collector_"


class Metric(NamedTuple):
    """One row of the table: the name without its prefix, its kind, what it says, and its labels."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    description: str
    labels: tuple[str, ...] = ()


_ITEMS: Final = ("signal", "project", "key")
_REQUESTS: Final = ("signal", "transport")

TABLE: Final = (
    Metric("received_requests_total", "counter", "Requests that arrived.", _REQUESTS),
    Metric("received_bytes_total", "counter", "Bytes of requests, decompressed.", _REQUESTS),
    Metric("acknowledged_requests_total", "counter", "Requests acknowledged.", _REQUESTS),
    Metric("refused_requests_total", "counter", "Requests refused.", (*_REQUESTS, "reason")),
    Metric("received_items_total", "counter", "Spans, log records and data points that were read.", _ITEMS),
    Metric("acknowledged_items_total", "counter", "Items acknowledged.", _ITEMS),
    Metric("refused_items_total", "counter", "Items refused.", (*_ITEMS, "reason")),
    Metric("recovered_items_total", "counter", "Items that an earlier run had acknowledged and not stored.", _ITEMS),
    Metric("stored_items_total", "counter", "Items that ClickHouse stored.", _ITEMS),
    Metric("dead_letter_items_total", "counter", "Items that ClickHouse refused for good.", _ITEMS),
    Metric("lost_items_total", "counter", "Items of segments that somebody removed from the log.", _ITEMS),
    Metric("waiting_items", "gauge", "Items in the log that wait for ClickHouse.", ("signal",)),
    Metric("commit_duration_seconds", "histogram", "Write and sync of one group commit.", ("signal",)),
    Metric("commit_failures_total", "counter", "Group commits that could not be made durable.", ("signal",)),
    Metric("in_flight_bytes", "gauge", "Bytes of requests being read or committed."),
    Metric("wal_bytes", "gauge", "Bytes that wait for ClickHouse."),
    Metric("wal_limit_bytes", "gauge", "Bytes that may wait before requests are refused."),
    Metric("waiting_segments", "gauge", "Sealed segments that wait for ClickHouse.", ("signal",)),
    Metric("shipped_segments_total", "counter", "Segments that ClickHouse took.", ("signal",)),
    Metric("shipped_bytes_total", "counter", "Bytes of segments that ClickHouse took.", ("signal",)),
    Metric("ship_failures_total", "counter", "Attempts to ship that will be repeated.", ("signal",)),
    Metric("ship_duration_seconds", "histogram", "Insert of one segment.", ("signal",)),
)


class Metrics:
    """
    The metrics of one collector, in a registry of their own.

    Attributes:
        registry: What `spanmill_collector.accounts.exposition` renders.
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
        name = PREFIX + metric.name
        if metric.kind == "counter":
            self._counters[metric.name] = Counter(name, metric.description, metric.labels, registry=self.registry)
        elif metric.kind == "gauge":
            self._gauges[metric.name] = Gauge(name, metric.description, metric.labels, registry=self.registry)
        else:
            self._histograms[metric.name] = Histogram(
                name, metric.description, metric.labels, buckets=SECONDS, registry=self.registry
            )

    def count(self, name: str, *labels: str, by: float = 1) -> None:
        """Add to one time series; the library's own look-up is ten times slower, and every request needs several."""
        child = self._children.get((name, *labels))
        if child is None:
            counter = self._counters[name]
            child = self._children[name, *labels] = counter.labels(*labels) if labels else counter
        child.inc(by)

    def count_items(self, name: str, signal: str, account: Account, items: int) -> None:
        """Add *items* of one account."""
        self.count(name, signal, *account, by=items)

    def count_tally(self, name: str, signal: str, tally: Tally) -> None:
        """Add the items of all accounts in *tally*."""
        for account, amount in tally:
            self.count_items(name, signal, account, amount.items)

    def observe(self, name: str, took_s: float, *labels: str) -> None:
        """Count one duration."""
        self._histograms[name].labels(*labels).observe(took_s)

    def watch(self, name: str, read: Callable[[], float], *labels: str) -> None:
        """Let the gauge *name* show what *read* returns when somebody looks."""
        gauge = self._gauges[name]
        (gauge.labels(*labels) if labels else gauge).set_function(read)
