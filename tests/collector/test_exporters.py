"""The real OpenTelemetry exporters on one end, rows in the real ClickHouse on the other."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter

from spanmill_store.client import Store
from support.collectors import CollectorProcess, collector_process, export
from support.otlp import trace_request
from support.processes import wait_until
from support.servers import ClickHouseServer

pytestmark = pytest.mark.clickhouse

EXPORTERS: dict[str, Callable[[CollectorProcess], SpanExporter]] = {
    "grpc": lambda c: GrpcExporter(f"http://{c.grpc_target}", insecure=True),
    "grpc-gzip": lambda c: GrpcExporter(f"http://{c.grpc_target}", insecure=True, compression=grpc.Compression.Gzip),
    "http": lambda c: HttpExporter(c.http_url + "/v1/traces"),
    "http-gzip": lambda c: HttpExporter(c.http_url + "/v1/traces", compression=Compression.Gzip),
}


@pytest.fixture
def process(tmp_path: Path, store: Store, clickhouse: ClickHouseServer) -> Iterator[CollectorProcess]:
    """A collector that ships to the test's own database."""
    with collector_process(tmp_path, f"{clickhouse.url}/{store.database}") as running:
        yield running


def count(store: Store) -> int:
    """Spans in the store."""
    return int(store.select("SELECT count() AS n FROM otel_traces")[0]["n"])


@pytest.mark.parametrize("kind", EXPORTERS)
def test_spans_of_a_real_exporter_become_rows(process: CollectorProcess, store: Store, kind: str) -> None:
    """Names, ids, attributes, parents and times are those of the application."""
    provider = TracerProvider(resource=Resource({"service.name": "shop"}))
    provider.add_span_processor(BatchSpanProcessor(EXPORTERS[kind](process)))
    tracer = provider.get_tracer("test")
    with tracer.start_as_current_span("outer") as outer, tracer.start_as_current_span("inner") as inner:
        inner.set_attribute("count", 7)
    provider.shutdown()
    wait_until(lambda: count(store) == 2, "the rows", 15)
    rows = store.select("SELECT * FROM otel_traces ORDER BY Timestamp")
    assert [row["SpanName"] for row in rows] == ["outer", "inner"]
    assert rows[0]["SpanId"] == rows[1]["ParentSpanId"] == f"{outer.get_span_context().span_id:016x}"
    assert rows[1]["TraceId"] == f"{inner.get_span_context().trace_id:032x}"
    assert rows[1]["SpanAttributes"] == {"count": "7"}
    assert {(row["ServiceName"], row["Project"]) for row in rows} == {("shop", "default")}


def test_the_receive_time_is_the_collectors(process: CollectorProcess, store: Store) -> None:
    """Whatever the clocks of the applications say, the time of arrival is ours."""
    before = time.time()
    export(process.grpc_target, trace_request([1]).SerializeToString())
    wait_until(lambda: count(store) == 1, "the row", 15)
    (row,) = store.select("SELECT toFloat64(IngestTime) AS received FROM otel_traces")
    assert before - 1 <= row["received"] <= time.time() + 1


def test_a_client_cannot_choose_its_project(process: CollectorProcess, store: Store) -> None:
    """The collector's own field wins over one that was smuggled into the request."""
    smuggled = bytes([0xC2, 0x3E, 5]) + b"other"
    export(process.grpc_target, trace_request([1]).SerializeToString() + smuggled)
    wait_until(lambda: count(store) == 1, "the row", 15)
    assert store.select("SELECT Project FROM otel_traces") == [{"Project": "default"}]
