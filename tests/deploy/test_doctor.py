"""`spanmill doctor` says what is wrong, and with what to mend it."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from spanmill.cli import main
from spanmill_deploy.doctor.disks import fullness
from spanmill_deploy.doctor.findings import State
from spanmill_store import ingest_ledger
from spanmill_store.client import Store
from spanmill_store.ingest_ledger import LedgerRow, Outcome
from spanmill_store.otlp.ingest import SignalIngest
from spanmill_store.retention.enforcement import enforce
from support.calls import Call, store_calls
from support.collectors import collector_process, export
from support.otlp import framed, trace_request
from support.processes import free_port, wait_until
from support.servers import valkey_server

pytestmark = pytest.mark.clickhouse


@pytest.fixture(scope="module")
def redis_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A Valkey server."""
    port = free_port()
    with valkey_server(tmp_path_factory.mktemp("valkey"), port):
        yield port


class Doctor:
    """The command, in an environment of its own."""

    def __init__(self, url: str, data_dir: Path, redis_port: int) -> None:
        self.environment = {
            "SPANMILL_CLICKHOUSE_URL": url,
            "SPANMILL_DATA_DIR": str(data_dir),
            "SPANMILL_REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
            "SPANMILL_OTLP_HTTP_PORT": str(free_port()),
        }

    def examine(self, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
        """Exit code and findings."""
        result = CliRunner().invoke(main, ["doctor", "--json", *arguments], env=self.environment)
        assert result.stdout, (result.output, result.exception)
        return result.exit_code, json.loads(result.stdout)

    def problems(self) -> list[tuple[str, str]]:
        """Subject and text of what is not good, but for this machine's disk, which may be as full as it likes."""
        found = self.examine()[1]
        return [(one["subject"], one["text"]) for one in found if one["state"] != "ok" and one["subject"] != "disk"]


@pytest.fixture
def doctor(tmp_path: Path, store: Store, database_url: str, redis_port: int) -> Doctor:
    """A doctor for a database that is migrated, without a collector."""
    assert store.database in database_url
    return Doctor(database_url, tmp_path / "data", redis_port)


def test_a_sound_installation_has_no_problems(doctor: Doctor, tmp_path: Path, store: Store, database_url: str) -> None:
    """Everything answers, and the books balance."""
    with collector_process(tmp_path, database_url) as running:
        doctor.environment["SPANMILL_OTLP_HTTP_PORT"] = str(running.http_port)
        export(running.grpc_target, trace_request(range(1, 6)).SerializeToString())
        wait_until(lambda: bool(store.select("SELECT 1 FROM otel_traces")), "the spans")
        code, found = doctor.examine()
    assert {one["state"] for one in found if one["subject"] != "disk"} == {"ok"}
    assert {"collector", "Redis", "ClickHouse", "books", "prices", "write-ahead log", "disk"} == {
        one["subject"] for one in found
    }
    assert code == 0


def test_each_part_that_does_not_answer_is_named(doctor: Doctor) -> None:
    """With the address at which it was asked."""
    doctor.environment |= {
        "SPANMILL_REDIS_URL": "redis://:secret@127.0.0.1:1/0",
        "SPANMILL_CLICKHOUSE_URL": "http://127.0.0.1:1/spanmill",
    }
    code, _ = doctor.examine()
    told = dict(doctor.problems())
    assert (code, set(told)) == (1, {"collector", "Redis", "ClickHouse"})
    assert "spanmill up" in told["collector"]
    assert "secret" not in told["Redis"]
    assert "127.0.0.1:1" in told["ClickHouse"]


def test_books_that_do_not_balance_are_problems(doctor: Doctor, database_url: str) -> None:
    """Spans that were acknowledged and are not there, and spans that are there too often."""
    minutes_ago_ns = time.time_ns() - 600 * 10**9
    with SignalIngest(database_url, "traces") as ingest:
        for number, says in enumerate((7, 3)):
            body = framed(trace_request(range(1, 6)).SerializeToString(), says, "acme", f"k{number}", minutes_ago_ns)
            ingest.insert([b"".join(body.parts)], f"t{number}")
    texts = [text for subject, text in doctor.problems() if subject == "books"]
    assert len(texts) == 2
    assert any("key k0: received 7 = stored 5" in text and "+ 2 on their way or lost" in text for text in texts)
    assert any("key k1: received 3 = stored 5" in text and "- 2 stored more often" in text for text in texts)
    assert doctor.examine()[0] == 1


def test_what_lies_on_the_disk_is_shown(doctor: Doctor, tmp_path: Path) -> None:
    """Dead letters are worth knowing, a damaged log is a problem."""
    letter = tmp_path / "data" / "dead-letter" / "traces" / "x.request"
    damaged = tmp_path / "data" / "wal" / "1" / "traces" / "damaged" / "y"
    for path in (letter, damaged):
        path.parent.mkdir(parents=True)
        path.write_bytes(b"x" * 100)
    found = {(one["subject"], one["state"]) for one in doctor.examine()[1]}
    assert {("dead letters", "notice"), ("write-ahead log", "problem")} <= found


def test_a_database_that_is_not_migrated_is_left_alone(doctor: Doctor, database_url: str) -> None:
    """The doctor looks, and changes nothing."""
    doctor.environment["SPANMILL_CLICKHOUSE_URL"] = database_url + "_nowhere"
    [text] = [text for subject, text in doctor.problems() if subject == "ClickHouse"]
    assert "spanmill migrate" in text
    with Store.connect(database_url) as store:
        assert store.select("SELECT 1 FROM system.databases WHERE name LIKE '%_nowhere'") == []


def test_people_read_a_table(doctor: Doctor) -> None:
    """Without --json."""
    result = CliRunner().invoke(main, ["doctor"], env=doctor.environment)
    assert "schema is up to date" in result.stdout
    assert result.exit_code == 1


def test_models_without_a_price_are_named(doctor: Doctor, store: Store) -> None:
    """With provider, number of calls, and the line of a price file that helps; it is no problem, but worth knowing."""
    store_calls(store, [Call("our-model"), Call("our-model"), Call("it's \"odd", ""), Call("x", input=None)])
    texts = [text for subject, text in doctor.problems() if subject == "prices"]
    told = ": add to a price file that SPANMILL_PRICES names, with what a million tokens cost in US dollars: "
    assert [text.partition(told)[::2] for text in texts] == [
        (
            "our-model of openai has no price, so 2 calls of the last day have no cost",
            '- {model: "our-model", provider: "openai", input_mtok: …, output_mtok: …}',
        ),
        (
            "it's \"odd has no price, so 1 call of the last day has no cost",
            '- {model: "it\'s \\"odd", input_mtok: …, output_mtok: …}',
        ),
    ]


@pytest.mark.parametrize(("free", "state"), [(15, State.NOTICE), (16, State.GOOD)])
def test_a_disk_that_is_nearly_full_is_shown(free: int, state: State) -> None:
    """From 85 %, with what to do about it."""
    finding = fullness("of data", free * 10**9, 100 * 10**9)
    assert finding.state is state
    assert ("spanmill store retention set" in finding.text) is (state is State.NOTICE)


def test_both_disks_are_looked_at(doctor: Doctor) -> None:
    """That of the log, even where its folder is not there yet, and ClickHouse's."""
    texts = [one["text"] for one in doctor.examine()[1] if one["subject"] == "disk"]
    assert len(texts) == 2
    assert "data is" in texts[0]
    assert "of ClickHouse at" in texts[1]


def test_books_wait_for_a_removal(doctor: Doctor, store: Store) -> None:
    """What is gone and not yet entered is not lost: whoever finishes the removal enters it."""
    received = datetime.now(UTC) - timedelta(minutes=10)
    row = LedgerRow(received.replace(second=0, microsecond=0), "acme", "k1", "traces", "accepted", "", 1, 9)
    ingest_ledger.write(store, [row], "x")
    columns = ("Pass", "Outcome", "Table", "PartitionId", "Project", "KeyId", "Received", "Items")
    store.insert("removals", columns, [(7, "expired", "otel_traces", "20260102", "acme", "k1", received, 9)])
    for state in ("notice", "ok"):
        assert [one["state"] for one in doctor.examine()[1] if one["subject"] == "books"] == [state]
        enforce(store)


def test_books_that_lack_removed_rows_say_so(doctor: Doctor, store: Store) -> None:
    """What expired or was deleted is in the sum."""
    minute = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=10)
    outcomes: list[tuple[Outcome, int]] = [("accepted", 9), ("expired", 3), ("deleted", 4)]
    rows = [LedgerRow(minute, "acme", "k1", "traces", outcome, "", 1, items) for outcome, items in outcomes]
    ingest_ledger.write(store, rows, "x")
    [text] = [text for subject, text in doctor.problems() if subject == "books"]
    assert "+ expired 3 + deleted 4 + 2 on their way or lost" in text
