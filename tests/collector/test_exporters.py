"""The real OpenTelemetry exporters on one end, rows in the real ClickHouse on the other."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter

from spanmill_store.client import Store
from spanmill_store.migrations import migrate
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


@pytest.fixture(scope="module")
def shared_store(clickhouse: ClickHouseServer) -> Iterator[Store]:
    """One migrated database for this module; each test looks at its own service only."""
    with Store.connect(f"{clickhouse.url}/exporters") as connected:
        migrate(connected)
        yield connected


@pytest.fixture(scope="module")
def process(
    tmp_path_factory: pytest.TempPathFactory, clickhouse: ClickHouseServer, shared_store: Store
) -> Iterator[CollectorProcess]:
    """One collector for this module."""
    url = f"{clickhouse.url}/{shared_store.database}"
    with collector_process(tmp_path_factory.mktemp("exporters"), url) as running:
        yield running


def rows_of(store: Store, service: str, count: int) -> list[dict[str, Any]]:
    """The *count* spans of *service*, as soon as they are visible, in the order in which they began."""

    def read() -> list[dict[str, Any]]:
        sql = "SELECT * FROM otel_traces WHERE ServiceName = {service:String} ORDER BY Timestamp"
        return store.select(sql, {"service": service})

    wait_until(lambda: len(read()) == count, "the rows", 20)
    return read()


@pytest.mark.parametrize("kind", EXPORTERS)
def test_spans_of_a_real_exporter_become_rows(process: CollectorProcess, shared_store: Store, kind: str) -> None:
    """Names, ids, attributes, parents and times are those of the application."""
    provider = TracerProvider(resource=Resource({"service.name": kind}))
    provider.add_span_processor(BatchSpanProcessor(EXPORTERS[kind](process)))
    tracer = provider.get_tracer("test")
    with tracer.start_as_current_span("outer") as outer, tracer.start_as_current_span("inner") as inner:
        inner.set_attribute("count", 7)
    provider.shutdown()
    rows = rows_of(shared_store, kind, 2)
    assert [row["SpanName"] for row in rows] == ["outer", "inner"]
    assert rows[0]["SpanId"] == rows[1]["ParentSpanId"] == f"{outer.get_span_context().span_id:016x}"
    assert rows[1]["TraceId"] == f"{inner.get_span_context().trace_id:032x}"
    assert rows[1]["SpanAttributes"] == {"count": "7"}
    assert {row["Project"] for row in rows} == {"default"}


def test_the_receive_time_is_the_collectors(process: CollectorProcess, shared_store: Store) -> None:
    """Whatever the clocks of the applications say, the time of arrival is ours."""
    before = datetime.now(UTC)
    export(process.grpc_target, trace_request([1], service="late").SerializeToString())
    (row,) = rows_of(shared_store, "late", 1)
    assert abs(row["IngestTime"].astimezone(UTC) - before) < timedelta(seconds=30)


def test_a_client_cannot_choose_its_project(process: CollectorProcess, shared_store: Store) -> None:
    """The collector's own field wins over one that was smuggled into the request."""
    smuggled = bytes([0xC2, 0x3E, 5]) + b"other"
    export(process.grpc_target, trace_request([1], service="smuggler").SerializeToString() + smuggled)
    assert [row["Project"] for row in rows_of(shared_store, "smuggler", 1)] == ["default"]
