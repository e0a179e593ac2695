"""What the store's tests share: a way to send spans as the collector would."""

from collections.abc import Callable, Iterator

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from spanmill_store.client import Store
from spanmill_store.otlp.ingest import SignalIngest
from support.people import People
from support.spans import Plain, key_values, new_token, request, segment

Send = Callable[..., None]
"""``send(spans, resource=…, token=…)``: store the spans through the OTLP path."""

SendLogs = Callable[[list[LogRecord]], None]
"""Stores the records through the OTLP path."""


@pytest.fixture
def people(store: Store) -> People:
    """Applications of several users."""
    return People(store)


@pytest.fixture
def ingest(store: Store, database_url: str) -> Iterator[SignalIngest]:
    """The OTLP path into the database of `store`."""
    assert store.database
    with SignalIngest(database_url, "traces") as connected:
        yield connected


@pytest.fixture
def send(ingest: SignalIngest) -> Send:
    """Send spans as one request in one segment."""

    def send_spans(spans: list[Span], resource: dict[str, Plain] | None = None, token: str = "") -> None:
        ingest.insert([segment(request(spans, resource))], token or new_token())

    return send_spans


@pytest.fixture
def send_logs(store: Store, database_url: str) -> Iterator[SendLogs]:
    """Send log records as one request in one segment."""
    assert store.database
    with SignalIngest(database_url, "logs") as ingest:

        def send(records: list[LogRecord]) -> None:
            request = ExportLogsServiceRequest()
            resource_logs = request.resource_logs.add(schema_url="https://example.com/resource")
            resource_logs.resource.attributes.extend(key_values({"service.name": "shop", "args": ["a", "b"]}))
            scope_logs = resource_logs.scope_logs.add(schema_url="https://example.com/scope")
            scope_logs.scope.name, scope_logs.scope.version = "logger", "2"
            scope_logs.scope.attributes.extend(key_values({"short": True}))
            scope_logs.log_records.extend(records)
            ingest.insert([segment(request)], new_token())

        yield send
