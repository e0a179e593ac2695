"""The proof that somebody was forgotten: what is left anywhere is found."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from spanmill_store.client import Store
from spanmill_store.forgetting import files, removal, tables
from spanmill_store.forgetting.requests import plan
from spanmill_store.forgetting.search import search
from spanmill_store.packing import pack
from spanmill_store.removal import staging
from spanmill_store.retention.enforcement import enforce
from spanmill_store.retention.policies import set_days
from support.people import People, traces_left, unbalanced
from support.removals import ANNA, BERT, forget, found, rows_of

pytestmark = pytest.mark.clickhouse


class TestProof:
    """The search afterwards can find something."""

    @pytest.mark.parametrize(
        ("statement", "table"),
        [
            (
                "INSERT INTO otel_traces (TraceId, SpanAttributes) VALUES ('t1', map('note', 'ask {id} again'))",
                "otel_traces",
            ),
            ("INSERT INTO otel_traces (TraceId, Tags) VALUES ('t1', ['{id}'])", "otel_traces"),
            ("INSERT INTO otel_traces (TraceId, Events.Name) VALUES ('t1', ['{id}'])", "otel_traces"),
            ("INSERT INTO otel_traces (TraceId, `Events.Attributes`) VALUES ('t1', [map('{id}', 'k')])", "otel_traces"),
            ("INSERT INTO otel_logs (TraceId, Body) VALUES ('t1', 'mail to {id}.')", "otel_logs"),
            ("INSERT INTO scores (TraceId, Rationale) VALUES ('t1', '{id} is rude')", "scores"),
            ("INSERT INTO datasets (Name, Description) VALUES ('d', 'of {id}')", "datasets"),
            ("INSERT INTO trace_parts (TraceId, Input) VALUES ('t1', (1, 0, 'I am {id}'))", "trace_parts"),
            (
                "INSERT INTO span_content_parts (TraceId, Messages) VALUES ('t1', [(0, 0, '{id}')])",
                "span_content_parts",
            ),
        ],
    )
    def test_what_is_left_is_found(self, store: Store, statement: str, table: str) -> None:
        """In a text, a list, a map or a tuple, of any table, wherever no key leads to it."""
        store.execute(statement.replace("{id}", ANNA))
        proofs = forget(store, "user", ANNA)
        assert table in found(proofs)
        assert proofs[table].traces == (() if table == "datasets" else ("t1",))

    def test_a_trace_that_is_left_is_found_by_its_id(self, store: Store, people: People, monkeypatch: Any) -> None:
        """A table that the removal forgot is found by the search, which knows nothing of the removal."""
        trace = people.trace(ANNA)
        people.verdicts(trace)
        monkeypatch.setattr(removal, "held", lambda *_, **__: [("otel_traces", tables.HELD["otel_traces"])])
        proofs = forget(store, "user", ANNA)
        left = {"trace_parts", "sql_runs", "scores", "score_ledger", "completions", "flags", "review_queue"}
        assert set(found(proofs)) == {*left, "notifications", "dataset_rows"}

    def test_a_table_that_nobody_knows_is_searched(self, store: Store, people: People) -> None:
        """The search follows the server's list of columns."""
        store.execute("CREATE TABLE later (Who Array(Map(String, Tuple(a String)))) ENGINE = MergeTree ORDER BY ()")
        store.execute(f"INSERT INTO later VALUES ([map('x', tuple('{ANNA}'))])")
        people.trace(ANNA)
        assert found(forget(store, "user", ANNA)) == {"later": 1}

    def test_a_short_id_is_looked_for_as_a_whole(self, store: Store, people: People) -> None:
        """A 7 in a text may be anything, and a 7 that is a whole value may be Seven."""
        people.trace("7")
        people.trace(attributes={"text": "7 days"})
        assert found(forget(store, "user", "7")) == {}
        people.trace(attributes={"customer": "7"})
        assert found(forget(store, "user", "7")) == {"otel_traces": 1}

    def test_what_a_killed_process_has_left_aside_goes_too(self, store: Store, people: People) -> None:
        """Traces that were being mapped anew, and a day that was on its way out."""
        aside, staged = people.trace(ANNA), people.trace(ANNA, day=date(2026, 1, 2))
        store.run("remap/stage_traces")
        store.execute("INSERT INTO trace_parts_remapped SELECT * FROM trace_parts")
        staging.move_out(store, "otel_traces", "20260102")
        proofs = forget(store, "user", ANNA)
        assert found(proofs) == {}
        assert (proofs["trace_parts_remapped"].removed, proofs["otel_traces"].removed) == (2, 2)
        assert "removed_otel_traces" not in proofs
        assert not {aside, staged} & traces_left(store)

    def test_messages_go_with_the_last_span_that_holds_them(self, store: Store, people: People) -> None:
        """What was packed is kept once, for whoever said it; Bert's spans read as before, and days go as a whole."""

        def text(of: str) -> str:
            return json.dumps([{"role": "user", "content": f"{of} " + "word " * 60}])

        day = datetime.now(UTC).date() - timedelta(days=5)
        for user, said in ((ANNA, f"{ANNA} asks"), (BERT, "Bert asks"), (ANNA, "all ask"), (BERT, "all ask")):
            for _ in range(3):
                people.trace(user, day=day, attributes={"gen_ai.input.messages": text(said)})
        assert [done.is_packed for done in pack(store)] == [True]
        assert rows_of(store, "messages") == 3
        proofs = forget(store, "user", ANNA)
        assert (found(proofs), proofs["messages"].removed, rows_of(store, "messages")) == ({}, 1, 2)
        inputs = {row["Input"] for row in store.select("SELECT Input FROM spans")}
        assert inputs == {text("Bert asks"), text("all ask")}
        set_days(store, "", "traces", 3)
        enforce(store)
        assert (rows_of(store, "messages"), unbalanced(store)) == (0, [])

    def test_an_id_is_kept_nowhere(self, store: Store, people: People) -> None:
        """Tombstones hold hashes; neither do the rewrites that ClickHouse notes name anybody."""
        people.trace(ANNA)
        forget(store, "user", ANNA)
        assert rows_of(store, "forgotten") >= 2
        subject = plan(store, "user", ANNA).subject
        assert [one for one in search(store, subject.number, ANNA) if one.rows] == []
        commands = store.select("SELECT command FROM system.mutations WHERE database = currentDatabase()")
        assert commands
        assert not any(ANNA in row["command"] for row in commands)


def test_files_that_hold_the_id_are_named(tmp_path: Path) -> None:
    """Dead letters and requests that wait, whatever else is there."""
    letter = tmp_path / "dead-letter" / "traces" / "x.request"
    waiting = tmp_path / "wal" / "1" / "logs" / "y.sealed"
    other = tmp_path / "wal" / "1" / "logs" / "z.sealed"
    for path, content in ((letter, ANNA), (waiting, ANNA), (other, BERT), (other.with_name("empty"), "")):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\x0a\x10" + content.encode() + b"\x00" if content else b"")
    assert list(files.naming(tmp_path, ANNA)) == [letter, waiting]
