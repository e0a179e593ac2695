"""A segment that ClickHouse has stored and forgotten: sending it again leaves one copy."""

import pytest

from spanmill_store.client import Store
from spanmill_store.errors import QueryRejected
from spanmill_store.otlp.ingest import SignalIngest
from support.otlp import REQUESTS, START_NS, framed, trace_request

pytestmark = pytest.mark.clickhouse

DAY_NS = 86_400_000_000_000
FIRST_NS, SECOND_NS, THIRD_NS = (START_NS + n for n in range(3))
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
    records = [body(signal, range(1, 11), FIRST_NS), body(signal, range(11, 21), SECOND_NS)]
    with SignalIngest(database_url, signal) as ingest:
        ingest.insert(records, "remembered")
        ingest.insert([body(signal, range(21, 31), THIRD_NS)], "another segment")
        ingest.insert_again(lambda: records, "forgotten", [FIRST_NS, SECOND_NS], 20)
    assert copies(store, signal) == (30, 30)


def test_rows_that_were_merged_meanwhile_are_found(store: Store, database_url: str) -> None:
    """A merged part holds rows of other segments too; the fresh copy is the one that goes."""
    records = [body("traces", range(1, 11), FIRST_NS)]
    with SignalIngest(database_url, "traces") as ingest:
        ingest.insert(records, "remembered")
        ingest.insert([body("traces", range(21, 31), THIRD_NS)], "another segment")
        store.execute("OPTIMIZE TABLE otel_traces FINAL")
        ingest.insert_again(lambda: records, "forgotten", [FIRST_NS], 10)
    assert copies(store, "traces") == (20, 20)


def test_a_part_that_was_missing_is_kept(store: Store, database_url: str) -> None:
    """Of a segment of two days only one may have been stored: the other day is new, and stays."""
    request = trace_request(range(1, 6))
    for span in request.resource_spans[0].scope_spans[0].spans[:2]:
        span.start_time_unix_nano = START_NS - 3 * DAY_NS + span.span_id[-1]
    both = [b"".join(framed(request.SerializeToString(), 5, time_ns=FIRST_NS).parts)]
    with SignalIngest(database_url, "traces") as ingest:
        ingest.insert(both, "remembered")
        store.execute("DELETE FROM otel_traces WHERE Timestamp < '2026-11-17'")
        assert copies(store, "traces") == (3, 3)
        ingest.insert_again(lambda: both, "forgotten", [FIRST_NS], 5)
    assert copies(store, "traces") == (5, 5)


def test_a_first_try_that_never_arrived_is_stored(store: Store, database_url: str) -> None:
    """Whatever the reason for sending it again was."""
    with SignalIngest(database_url, "traces") as ingest:
        ingest.insert_again(lambda: [body("traces", range(1, 11), FIRST_NS)], "first", [FIRST_NS], 10)
    assert copies(store, "traces") == (10, 10)


def test_a_remembered_token_is_enough(store: Store, database_url: str) -> None:
    """The usual case: ClickHouse drops the second copy itself."""
    records = [body("traces", range(1, 11), FIRST_NS)]
    with SignalIngest(database_url, "traces") as ingest:
        ingest.insert(records, "remembered")
        ingest.insert_again(lambda: records, "remembered", [FIRST_NS], 10)
    assert copies(store, "traces") == (10, 10)


NEVER = (
    "CREATE MATERIALIZED VIEW never (refused UInt8) ENGINE = MergeTree ORDER BY () "
    "AS SELECT CAST(throwIf(SpanName = 'span 3', 'no third span'), 'UInt8') AS refused FROM otel_traces"
)


def test_what_a_refused_insert_left_is_taken_away_and_stored_again(store: Store, database_url: str) -> None:
    """Tables are written one by one: without the removal, rows that no ledger knows would stay, or come twice."""
    store.execute(NEVER)
    records = [body("traces", range(1, 6), FIRST_NS), body("traces", range(6, 9), SECOND_NS)]
    with SignalIngest(database_url, "traces") as ingest:
        with pytest.raises(QueryRejected, match="no third span"):
            ingest.insert(records, "segment")
        assert copies(store, "traces") == (8, 8)
        ingest.remove([FIRST_NS, SECOND_NS])
        assert copies(store, "traces") == (0, 0)
        assert store.select("SELECT * FROM ingest_ledger") == []
        store.execute("DROP TABLE never")
        ingest.insert_again(lambda: records, "segment", [FIRST_NS, SECOND_NS], 8)
    assert copies(store, "traces") == (8, 8)
    [row] = store.select("SELECT sum(Unaccounted) AS open, sum(Received) AS n FROM ingest_accounts")
    assert (row["open"], row["n"]) == (0, 8)


def test_the_books_count_a_forgotten_segment_once(store: Store, database_url: str) -> None:
    """Its entry takes its own place."""
    records = [body("traces", range(1, 11), FIRST_NS), body("traces", range(11, 21), SECOND_NS)]
    with SignalIngest(database_url, "traces") as ingest:
        ingest.insert(records, "remembered")
        ingest.insert_again(lambda: records, "forgotten", [FIRST_NS, SECOND_NS], 20)
    [row] = store.select("SELECT sum(Unaccounted) AS open, sum(Received) AS n FROM ingest_accounts")
    assert (row["open"], row["n"]) == (0, 20)
