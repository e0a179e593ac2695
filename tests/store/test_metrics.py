"""Data points in ``otel_metrics_…``: what the OpenTelemetry Collector's exporter would have written."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality, Metric

from spanmill_store.client import Store
from spanmill_store.otlp.ingest import SignalIngest
from support.spans import START_NS, key_values, new_token, segment

pytestmark = pytest.mark.clickhouse

SendMetrics = Callable[[list[Metric]], None]
DELTA = AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA
TIMES = {"start_time_unix_nano": START_NS, "time_unix_nano": START_NS + 7}


@pytest.fixture
def send_metrics(store: Store, database_url: str) -> Iterator[SendMetrics]:
    """Send metrics as one request in one segment."""
    assert store.database
    with SignalIngest(database_url, "metrics") as ingest:

        def send(metrics: list[Metric]) -> None:
            request = ExportMetricsServiceRequest()
            resource_metrics = request.resource_metrics.add(schema_url="https://example.com/resource")
            resource_metrics.resource.attributes.extend(key_values({"service.name": "shop"}))
            scope_metrics = resource_metrics.scope_metrics.add(schema_url="https://example.com/scope")
            scope_metrics.scope.name, scope_metrics.scope.version = "meter", "2"
            scope_metrics.scope.dropped_attributes_count = 3
            scope_metrics.metrics.extend(metrics)
            ingest.insert([segment(request)], new_token())

        yield send


def metric(name: str = "m") -> Metric:
    """A metric without data."""
    return Metric(name=name, description="what it says", unit="s")


def rows(store: Store, kind: str) -> list[dict[str, Any]]:
    """The data points of *kind*."""
    return store.select(
        f"SELECT *, toUnixTimestamp64Nano(StartTimeUnix) AS start_ns, toUnixTimestamp64Nano(TimeUnix) AS time_ns"
        f" FROM otel_metrics_{kind} ORDER BY TimeUnix"
    )


def test_gauges_keep_whole_numbers_and_fractions(send_metrics: SendMetrics, store: Store) -> None:
    """Both kinds of value are numbers, and everything around them stands beside."""
    sent = metric()
    sent.gauge.data_points.add(as_double=0.25, attributes=key_values({"k": "v"}), flags=1, **TIMES)
    sent.gauge.data_points.add(as_int=-3, time_unix_nano=START_NS + 8)
    send_metrics([sent])
    first, second = rows(store, "gauge")
    expected = {
        "ResourceAttributes": {"service.name": "shop"},
        "ResourceSchemaUrl": "https://example.com/resource",
        "ScopeName": "meter",
        "ScopeVersion": "2",
        "ScopeAttributes": {},
        "ScopeDroppedAttrCount": 3,
        "ScopeSchemaUrl": "https://example.com/scope",
        "ServiceName": "shop",
        "MetricName": "m",
        "MetricDescription": "what it says",
        "MetricUnit": "s",
        "Attributes": {"k": "v"},
        "start_ns": START_NS,
        "time_ns": START_NS + 7,
        "Value": 0.25,
        "Flags": 1,
        "Project": "default",
    }
    assert {name: first[name] for name in expected} == expected
    assert (second["Value"], second["Attributes"]) == (-3.0, {})


def test_sums_say_how_they_add_up(send_metrics: SendMetrics, store: Store) -> None:
    """Temporality and monotony are columns."""
    sent = metric()
    sent.sum.aggregation_temporality, sent.sum.is_monotonic = DELTA, True
    sent.sum.data_points.add(as_int=5, **TIMES)
    send_metrics([sent])
    [row] = rows(store, "sum")
    assert (row["Value"], row["AggregationTemporality"], row["IsMonotonic"]) == (5.0, 1, True)


def test_histograms_keep_buckets_and_exemplars(send_metrics: SendMetrics, store: Store) -> None:
    """An exemplar names its span, so that a slow bucket leads to a trace."""
    sent = metric()
    sent.histogram.aggregation_temporality = DELTA
    point = sent.histogram.data_points.add(count=3, sum=6.5, bucket_counts=[1, 2], explicit_bounds=[2.0], **TIMES)
    point.min, point.max = 1.0, 4.0
    point.exemplars.add(
        time_unix_nano=START_NS,
        as_int=4,
        span_id=b"\x01" * 8,
        trace_id=b"\x02" * 16,
        filtered_attributes=key_values({"user": "ana"}),
    )
    send_metrics([sent])
    [row] = rows(store, "histogram")
    assert (row["Count"], row["Sum"], row["Min"], row["Max"]) == (3, 6.5, 1.0, 4.0)
    assert (row["BucketCounts"], row["ExplicitBounds"]) == ([1, 2], [2.0])
    assert (row["Exemplars.Value"], row["Exemplars.FilteredAttributes"]) == ([4.0], [{"user": "ana"}])
    assert (row["Exemplars.SpanId"], row["Exemplars.TraceId"]) == (["01" * 8], ["02" * 16])


def test_exponential_histograms_keep_both_sides(send_metrics: SendMetrics, store: Store) -> None:
    """Scale, zero count, and the buckets of positive and negative numbers."""
    sent = metric()
    sent.exponential_histogram.aggregation_temporality = DELTA
    point = sent.exponential_histogram.data_points.add(count=9, sum=-1.0, scale=-2, zero_count=4, **TIMES)
    point.positive.offset, point.negative.offset = -1, 3
    point.positive.bucket_counts.extend([1, 2])
    point.negative.bucket_counts.extend([2])
    send_metrics([sent])
    [row] = rows(store, "exponential_histogram")
    assert (row["Count"], row["Sum"], row["Scale"], row["ZeroCount"]) == (9, -1.0, -2, 4)
    assert (row["PositiveOffset"], row["PositiveBucketCounts"]) == (-1, [1, 2])
    assert (row["NegativeOffset"], row["NegativeBucketCounts"]) == (3, [2])


def test_summaries_keep_their_quantiles(send_metrics: SendMetrics, store: Store) -> None:
    """Quantiles and values are two lists of one length."""
    sent = metric()
    point = sent.summary.data_points.add(count=2, sum=3.0, **TIMES)
    point.quantile_values.add(quantile=0.5, value=1.0)
    point.quantile_values.add(quantile=0.99, value=2.0)
    send_metrics([sent])
    [row] = rows(store, "summary")
    assert (row["Count"], row["Sum"]) == (2, 3.0)
    assert (row["ValueAtQuantiles.Quantile"], row["ValueAtQuantiles.Value"]) == ([0.5, 0.99], [1.0, 2.0])


def test_kinds_do_not_mix(send_metrics: SendMetrics, store: Store) -> None:
    """A request with one metric of each kind gives one row in each table."""
    gauge, total, summary = metric("g"), metric("t"), metric("s")
    gauge.gauge.data_points.add(as_int=1, **TIMES)
    total.sum.data_points.add(as_int=1, **TIMES)
    summary.summary.data_points.add(count=1, **TIMES)
    send_metrics([gauge, total, summary, metric("empty")])
    counts = {
        kind: len(rows(store, kind)) for kind in ("gauge", "sum", "histogram", "exponential_histogram", "summary")
    }
    assert counts == {"gauge": 1, "sum": 1, "histogram": 0, "exponential_histogram": 0, "summary": 1}
