"""A segment that ClickHouse has stored and forgotten: sending it again leaves one copy."""

import pytest

from spanmill_store.client import Store
from spanmill_store.otlp.ingest import SignalIngest
from support.otlp import REQUESTS, START_NS, framed, trace_request

pytestmark = pytest.mark.clickhouse

DAY_NS = 86_400_000_000_000
TABLES = {"traces": "otel_traces", "logs": "otel_logs", "metrics": "otel_metrics_gauge"}


def body(signal: str, numbers: range, time_ns: int) -> bytes:
    """A record that was received at *time_ns*."""
    return b"".join(framed(REQUESTS[signal](numbers).SerializeToString(), len(numbers), time_ns=time_ns).parts)


def copies(store: Store, signal: str) -> tuple[int, int]:
    """Rows, and different rows by their event time."""
    time = "TimeUnix" if signal == "metrics" else "Timestamp"
    [row] = store.select(f"SELECT count() AS n, uniqExact({time}) AS u FROM {TABLES[signal]}")
    return row["n"], row["u"]


@pytest.mark.parametrize("signal", REQUESTS)
def test_a_forgotten_token_makes_no_second_copy(store: Store, database_url: str, signal: str) -> None:
    """Another token stands for one that was forgotten: the rows of the second insert are dropped again."""
    records = [body(signal, range(1, 11), 1_000), body(signal, range(11, 21), 2_000)]
    with SignalIngest(database_url, signal) as ingest:
        ingest.insert(records, "remembered")
        ingest.insert([body(signal, range(21, 31), 3_000)], "another segment")
        ingest.insert_again(records, "forgotten", [1_000, 2_000], 20)
    assert copies(store, signal) == (30, 30)


def test_rows_that_were_merged_meanwhile_are_found(store: Store, database_url: str) -> None:
    """A merged part holds rows of other segments too; the fresh copy is the one that goes."""
    records = [body("traces", range(1, 11), 1_000)]
    with SignalIngest(database_url, "traces") as ingest:
        ingest.insert(records, "remembered")
        ingest.insert([body("traces", range(21, 31), 3_000)], "another segment")
        store.execute("OPTIMIZE TABLE otel_traces FINAL")
        ingest.insert_again(records, "forgotten", [1_000], 10)
    assert copies(store, "traces") == (20, 20)


def test_a_part_that_was_missing_is_kept(store: Store, database_url: str) -> None:
    """Of a segment of two days only one may have been stored: the other day is new, and stays."""
    request = trace_request(range(1, 6))
    for span in request.resource_spans[0].scope_spans[0].spans[:2]:
        span.start_time_unix_nano = START_NS - 3 * DAY_NS + span.span_id[-1]
    both = [b"".join(framed(request.SerializeToString(), 5, time_ns=1_000).parts)]
    with SignalIngest(database_url, "traces") as ingest:
        ingest.insert(both, "remembered")
        store.execute("DELETE FROM otel_traces WHERE Timestamp < '2026-11-17'")
        assert copies(store, "traces") == (3, 3)
        ingest.insert_again(both, "forgotten", [1_000], 5)
    assert copies(store, "traces") == (5, 5)


def test_a_first_try_that_never_arrived_is_stored(store: Store, database_url: str) -> None:
    """Whatever the reason for sending it again was."""
    with SignalIngest(database_url, "traces") as ingest:
        ingest.insert_again([body("traces", range(1, 11), 1_000)], "first", [1_000], 10)
    assert copies(store, "traces") == (10, 10)


def test_a_remembered_token_is_enough(store: Store, database_url: str) -> None:
    """The usual case: ClickHouse drops the second copy itself."""
    records = [body("traces", range(1, 11), 1_000)]
    with SignalIngest(database_url, "traces") as ingest:
        ingest.insert(records, "remembered")
        ingest.insert_again(records, "remembered", [1_000], 10)
    assert copies(store, "traces") == (10, 10)
