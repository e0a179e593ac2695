"""What the store's tests share: a way to send spans as the collector would."""

from collections.abc import Callable, Iterator

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from spanmill_store.client import Store
from spanmill_store.otlp.ingest import SignalIngest
from support.spans import Plain, new_token, request, segment

Send = Callable[..., None]
"""``send(spans, resource=…, token=…)``: store the spans through the OTLP path."""


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
