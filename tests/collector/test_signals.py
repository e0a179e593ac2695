"""Logs and metrics of the real OpenTelemetry SDK, through its exporters, in the real ClickHouse; the books close."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest
import requests
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcLogs
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as GrpcMetrics
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HttpLogs
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter as HttpMetrics
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, LogRecordExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricExporter, PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Tracer
from opentelemetry.util.types import AnyValue
from prometheus_client.parser import text_string_to_metric_families

from spanmill_store.client import Store
from support.collectors import CollectorProcess, collector_process, export
from support.otlp import trace_request
from support.processes import wait_until

pytestmark = pytest.mark.clickhouse

RESOURCE = Resource({"service.name": "shop"})
LOG_EXPORTERS: dict[str, Callable[[CollectorProcess], LogRecordExporter]] = {
    "grpc": lambda c: GrpcLogs(f"http://{c.grpc_target}", insecure=True, compression=grpc.Compression.Gzip),
    "http": lambda c: HttpLogs(c.http_url + "/v1/logs", compression=Compression.Gzip),
}
METRIC_EXPORTERS: dict[str, Callable[[CollectorProcess], MetricExporter]] = {
    "grpc": lambda c: GrpcMetrics(f"http://{c.grpc_target}", insecure=True),
    "http": lambda c: HttpMetrics(c.http_url + "/v1/metrics"),
}
QUESTION: AnyValue = {"role": "user", "content": "where is my parcel?"}
ANSWER: AnyValue = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "on its way"}}


@pytest.fixture
def process(tmp_path: Path, store: Store, database_url: str) -> Iterator[CollectorProcess]:
    """A collector on a database of the test's own."""
    assert store.database in database_url
    with collector_process(tmp_path, database_url) as running:
        yield running


def emit_chat(process: CollectorProcess, exporter: LogRecordExporter) -> None:
    """A chat span, and its content in log records of the same span, with maps as bodies."""
    provider = LoggerProvider(resource=RESOURCE)
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
    logger = provider.get_logger("opentelemetry.instrumentation.openai_v2")
    with _tracer(process) as tracer, tracer.start_as_current_span("chat gpt-5-mini") as span:
        span.set_attribute("gen_ai.operation.name", "chat")
        severity = SeverityNumber.INFO
        logger.emit(LogRecord(event_name="gen_ai.user.message", body=QUESTION, severity_number=severity))
        logger.emit(LogRecord(event_name="gen_ai.choice", body=ANSWER, severity_number=severity))
    provider.shutdown()


@contextlib.contextmanager
def _tracer(process: CollectorProcess) -> Iterator[Tracer]:
    provider = TracerProvider(resource=RESOURCE)
    exporter = OTLPSpanExporter(f"http://{process.grpc_target}", insecure=True)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    yield provider.get_tracer("test")
    provider.shutdown()


@pytest.mark.parametrize("kind", LOG_EXPORTERS)
def test_content_in_log_records_is_joined_to_its_span(process: CollectorProcess, store: Store, kind: str) -> None:
    """As the OpenTelemetry instrumentations send it: by trace and span id, whichever arrives first."""
    emit_chat(process, LOG_EXPORTERS[kind](process))

    def read() -> list[tuple[object, ...]]:
        rows = store.select("SELECT SpanName, InputText, OutputText FROM spans WHERE InputText != ''")
        return [tuple(row.values()) for row in rows]

    wait_until(lambda: bool(read()), "the content", 20)
    assert read() == [("chat gpt-5-mini", "where is my parcel?", "on its way")]
    rows = store.select("SELECT EventName, ServiceName, SeverityNumber FROM otel_logs ORDER BY Timestamp, EventName")
    assert [tuple(row.values()) for row in rows] == [
        ("gen_ai.user.message", "shop", 9),
        ("gen_ai.choice", "shop", 9),
    ]


@pytest.mark.parametrize("kind", METRIC_EXPORTERS)
def test_every_instrument_of_the_sdk_becomes_rows(process: CollectorProcess, store: Store, kind: str) -> None:
    """Sums, gauges and both kinds of histogram, in the tables and columns of the standard exporter."""
    reader = PeriodicExportingMetricReader(METRIC_EXPORTERS[kind](process))
    views = [View(instrument_name="latency", aggregation=ExponentialBucketHistogramAggregation())]
    provider = MeterProvider([reader], resource=RESOURCE, views=views)
    meter = provider.get_meter("test")
    meter.create_counter("calls").add(3, {"tool": "find"})
    meter.create_gauge("waiting").set(7)
    meter.create_histogram("tokens", explicit_bucket_boundaries_advisory=[10, 100]).record(50)
    meter.create_histogram("latency").record(0.25)
    provider.shutdown()

    def read(kind: str, columns: str) -> list[tuple[object, ...]]:
        rows = store.select(f"SELECT {columns} FROM otel_metrics_{kind} WHERE ServiceName = 'shop'")
        return [tuple(row.values()) for row in rows]

    # A table per kind, each with a view of its own: rows of one insert do not become visible in all at once.
    tables = ("sum", "gauge", "histogram", "exponential_histogram")
    wait_until(lambda: all(read(table, "1") for table in tables), "metrics of every kind", 30)
    assert read("sum", "MetricName, Attributes['tool'], Value, IsMonotonic") == [("calls", "find", 3.0, True)]
    assert read("gauge", "MetricName, Value") == [("waiting", 7.0)]
    assert read("histogram", "MetricName, Count, Sum, BucketCounts") == [("tokens", 1, 50.0, [0, 1, 0])]
    assert read("exponential_histogram", "MetricName, Count, Sum") == [("latency", 1, 0.25)]


def test_the_books_close_in_sql_and_in_metrics(process: CollectorProcess, store: Store) -> None:
    """Received = stored + refused, for every signal: some stored, some left out, one request refused as a whole."""
    emit_chat(process, LOG_EXPORTERS["grpc"](process))
    request = trace_request(range(1, 6))
    for span in request.resource_spans[0].scope_spans[0].spans[:2]:
        span.trace_id = b"short"
    export(process.grpc_target, request.SerializeToString())
    assert requests.post(process.http_url + "/v1/traces", data=b"\xff", timeout=10).status_code == 415

    def refused() -> list[tuple[int, int]]:
        rows = store.select("SELECT Requests, Items FROM ingest_ledger WHERE Reason = 'unsupported_type'")
        return [(row["Requests"], row["Items"]) for row in rows]

    def books() -> dict[str, tuple[int, ...]]:
        columns = "sum(Received) AS r, sum(Stored) AS s, sum(Refused) AS f, sum(Unaccounted) AS u"
        rows = store.select(f"SELECT Signal, {columns} FROM ingest_accounts GROUP BY Signal")
        return {row["Signal"]: (row["r"], row["s"], row["f"], row["u"]) for row in rows}

    wait_until(lambda: books() == {"traces": (6, 4, 2, 0), "logs": (2, 2, 0, 0)}, "the books", 20)
    # Written every few seconds.
    wait_until(lambda: refused() == [(1, 0)], "the refusal", 20)
    counted = totals(process)
    for signal, (received, stored, left_out, _) in books().items():
        assert counted["received_items", signal] == received
        assert counted["stored_items", signal] == stored
        assert counted.get(("refused_items", signal), 0) == left_out


def totals(process: CollectorProcess) -> dict[tuple[str, str], float]:
    """The collector's counters, added up by name and signal."""
    text = requests.get(process.http_url + "/metrics", timeout=10).text
    found: dict[tuple[str, str], float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name.endswith("_total"):
                key = (family.name.removeprefix("spanmill_collector_"), sample.labels.get("signal", ""))
                found[key] = found.get(key, 0) + sample.value
    return found
