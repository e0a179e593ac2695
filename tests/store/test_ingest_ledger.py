"""The books of what came in: received = stored + refused + dead-lettered, per minute, key and signal."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from spanmill_store import ingest_ledger
from spanmill_store.client import Store
from spanmill_store.ingest_ledger import LedgerRow
from spanmill_store.otlp.description import COLLECTOR_FIELDS
from spanmill_store.otlp.ingest import SignalIngest
from support.otlp import REQUESTS, framed, logs_request

pytestmark = pytest.mark.clickhouse


def now_ns(ago_s: float = 90) -> int:
    """A moment ago."""
    return int((datetime.now(UTC).timestamp() - ago_s) * 1e9)


def send(url: str, signal: str, *, items: int, says: int | None = None, refused: int = 0, token: str = "t") -> None:
    """Store a request with so many *items* whose stamp *says* how many there are."""
    request = REQUESTS[signal](range(1, items + 1)).SerializeToString()
    count = items if says is None else says
    body = framed(request, count, "acme", "k1", now_ns(), refused=refused)
    with SignalIngest(url, signal) as ingest:
        ingest.insert([b"".join(body.parts)], token)


def accounts(store: Store) -> list[tuple[object, ...]]:
    """All accounts, their minutes added up."""
    rows = store.select(
        "SELECT Signal, Project, KeyId, sum(Received), sum(Stored), sum(Refused), sum(DeadLettered), sum(Unaccounted) "
        "FROM ingest_accounts GROUP BY ALL ORDER BY ALL"
    )
    return [tuple(row.values()) for row in rows]


def test_the_collectors_own_fields_are_in_every_schema() -> None:
    """The counts travel inside the request."""
    assert {field.name for field in COLLECTOR_FIELDS} >= {"project", "key_id", "accepted_items", "refused_items"}


@pytest.mark.parametrize("signal", REQUESTS)
def test_books_balance(store: Store, database_url: str, signal: str) -> None:
    """What was accepted is stored, of each signal, under the key that it was sent with."""
    send(database_url, signal, items=5)
    assert accounts(store) == [(signal, "acme", "k1", 5, 5, 0, 0, 0)]
    assert ingest_ledger.open_accounts(store, within_s=3600, settled_s=0) == []


def test_spans_left_out_are_refused_not_lost(store: Store, database_url: str) -> None:
    """A partial success is in the books as what it is."""
    send(database_url, "traces", items=5, refused=2)
    assert accounts(store) == [("traces", "acme", "k1", 7, 5, 2, 0, 0)]


def test_a_segment_that_is_sent_again_changes_nothing(store: Store, database_url: str) -> None:
    """Rows and books have the same token."""
    send(database_url, "logs", items=5)
    before = accounts(store)
    body_again = logs_request(range(1, 6)).SerializeToString()
    with SignalIngest(database_url, "logs") as ingest:
        ingest.insert([b"".join(framed(body_again, 5, "acme", "k1", now_ns()).parts)], "t")
    assert accounts(store) == before


@pytest.mark.parametrize(("says", "unaccounted"), [(7, 2), (3, -2)])
def test_what_does_not_balance_is_shown(store: Store, database_url: str, says: int, unaccounted: int) -> None:
    """Above zero something acknowledged is not there, below zero something is there too often."""
    send(database_url, "traces", items=5, says=says)
    [account] = ingest_ledger.open_accounts(store, within_s=3600, settled_s=0)
    assert (account.signal, account.project, account.key_id) == ("traces", "acme", "k1")
    assert (account.received, account.stored, account.unaccounted) == (says, 5, unaccounted)
    # A minute that is not over may have items on the way.
    assert ingest_ledger.open_accounts(store, within_s=3600, settled_s=600) == []


def test_dead_letters_are_accounted_for_until_they_are_stored(store: Store) -> None:
    """Accepted and dead-lettered, then neither: the request's own count comes with its rows."""
    minute = datetime.fromtimestamp(now_ns() // 60_000_000_000 * 60, UTC)
    accepted = LedgerRow(minute, "acme", "k1", "traces", "accepted", "", 1, 5)
    dead = replace(accepted, outcome="dead_lettered")
    ingest_ledger.write(store, [accepted, dead], "dead-letter x")
    ingest_ledger.write(store, [accepted, dead], "dead-letter x")
    assert accounts(store) == [("traces", "acme", "k1", 5, 0, 0, 5, 0)]
    ingest_ledger.write(store, [replace(row, requests=-1, items=-5) for row in (accepted, dead)], "replay x")
    assert accounts(store) == [("traces", "acme", "k1", 0, 0, 0, 0, 0)]


def test_rows_of_other_writers_are_not_in_the_books(store: Store) -> None:
    """An OpenTelemetry Collector that writes into the same table is nobody's debt."""
    store.insert("otel_traces", ("Timestamp", "TraceId", "SpanId"), [[0, "a" * 32, "b" * 16]])
    assert accounts(store) == []
