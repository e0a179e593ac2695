"""Requests that the real ClickHouse refuses: isolated, kept, accounted for, and sent again."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from spanmill.cli import main
from spanmill_store.client import Store
from support.collectors import CollectorProcess, collector_process, export
from support.otlp import trace_request
from support.processes import wait_until

pytestmark = pytest.mark.clickhouse

REFUSES = (
    "CREATE MATERIALIZED VIEW never (refused UInt8) ENGINE = MergeTree ORDER BY () "
    "AS SELECT CAST(throwIf(SpanName = 'span 3', 'no third span'), 'UInt8') AS refused FROM otel_traces"
)


@pytest.fixture
def process(tmp_path: Path, store: Store, database_url: str) -> Iterator[CollectorProcess]:
    """A collector whose ClickHouse never takes the span with the number 3."""
    store.execute(REFUSES)
    with collector_process(tmp_path, database_url) as running:
        yield running


def replay(process: CollectorProcess, url: str, *arguments: str) -> Result:
    """Run ``spanmill collector replay``."""
    places = ["--data-dir", str(process.data_dir), "--clickhouse-url", url]
    return CliRunner().invoke(main, ["collector", *places, "replay", *arguments])


def span_names(store: Store) -> list[str]:
    """What is stored."""
    return [row["SpanName"] for row in store.select("SELECT SpanName FROM otel_traces ORDER BY SpanName")]


def accounts(store: Store) -> tuple[int, ...]:
    """Received, stored, refused, dead-lettered and unaccounted items."""
    columns = ("Received", "Stored", "Refused", "DeadLettered", "Unaccounted")
    [row] = store.select(f"SELECT {', '.join(f'sum({name}) AS s{name}' for name in columns)} FROM ingest_accounts")
    return tuple(row.values())


def send(process: CollectorProcess) -> None:
    """Five requests with a span each, at nearly the same moment."""
    for number in range(1, 6):
        export(process.grpc_target, trace_request([number]).SerializeToString())


def test_only_the_request_to_blame_is_left_out(process: CollectorProcess, store: Store, database_url: str) -> None:
    """It waits as a dead letter with its reason; when ClickHouse takes it, it is stored, once, and the books close."""
    send(process)
    letters = process.data_dir / "dead-letter" / "traces"
    wait_until(lambda: len(list(letters.glob("*.request"))) == 1 and len(span_names(store)) == 4, "isolation", 20)
    [note] = [json.loads(path.read_text()) for path in letters.glob("*.json")]
    assert "no third span" in note["reason"]
    assert note["project"] == "default"
    wait_until(lambda: accounts(store) == (5, 4, 0, 1, 0), "the books", 20)

    [waiting] = json.loads(replay(process, database_url, "--dry-run", "--json").stdout)
    assert (waiting["state"], waiting["items"]) == ("waits", 1)
    refused = replay(process, database_url, "--json")
    assert (refused.exit_code, json.loads(refused.stdout)[0]["state"]) == (1, "refused")
    assert accounts(store) == (5, 4, 0, 1, 0)

    store.execute("DROP TABLE never")
    stored = replay(process, database_url)
    assert (stored.exit_code, "stored" in stored.stdout) == (0, True)
    assert span_names(store) == [f"span {number}" for number in range(1, 6)]
    assert accounts(store) == (5, 5, 0, 0, 0)
    assert list(letters.iterdir()) == []
    assert "no dead letters" in replay(process, database_url).stdout


def test_without_clickhouse_dead_letters_stay(process: CollectorProcess, store: Store) -> None:
    """One sentence, and nothing is lost."""
    send(process)
    letters = process.data_dir / "dead-letter" / "traces"
    wait_until(lambda: len(list(letters.glob("*.request"))) == 1 and len(span_names(store)) == 4, "isolation", 20)
    result = replay(process, "http://127.0.0.1:1/none")
    assert (result.exit_code, len(list(letters.iterdir()))) == (1, 2)
    assert "127.0.0.1:1" in result.stderr
