"""Forgetting: everything of a user goes and nothing else, it is proved, and what comes later goes too."""

import json
import random
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spanmill_store import usage
from spanmill_store.client import Store
from spanmill_store.forgetting import files, lists, removal, requests, tables
from spanmill_store.forgetting.late import forget_late
from spanmill_store.forgetting.requests import Proof, carry_out, plan
from spanmill_store.forgetting.search import search
from spanmill_store.forgetting.subjects import MAX_ID_CHARS, NothingToForget, What
from spanmill_store.otlp.repetition import TABLES
from spanmill_store.removal import staging
from spanmill_store.settings import Settings
from spanmill_store.upkeep import tick
from support.people import People, everything, traces_left, unbalanced

pytestmark = pytest.mark.clickhouse

ANNA, BERT = "anna@example.com", "bert@example.com"
CALL = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": "5"}
HOSTILE = (
    "it's",
    'say "hello" there',
    "100%_sure",
    "back\\slash \\n",
    "Žofie 漢字 🙂 é",
    "tab\tand\nnewline",
    "'; DROP TABLE otel_traces; --",
    "{id:String}",
    "x" * 5000,
)


@pytest.fixture
def people(store: Store) -> People:
    """Applications that send."""
    return People(store)


def forget(store: Store, what: What, identity: str, **options: Any) -> Mapping[str, Proof]:
    """Forget, after which the books must balance and no list be left."""
    proofs = carry_out(store, plan(store, what, identity, **options))
    assert unbalanced(store) == []
    assert store.select("SELECT 1 FROM forgetting") == store.select("SELECT 1 FROM removals") == []
    return {one.table: one for one in proofs}


def found(proofs: Mapping[str, Proof]) -> dict[str, int]:
    """Where something was found afterwards."""
    return {table: proof.found for table, proof in proofs.items() if proof.found}


def rows_of(store: Store, table: str) -> int:
    """How many rows there are."""
    return int(store.select(f"SELECT count() AS n FROM {table} SETTINGS final = 1")[0]["n"])


class TestTables:
    """The one list of where data lies."""

    def test_every_table_is_held_or_free(self, store: Store) -> None:
        """A new table says by which key it is forgotten, or why it need not be."""
        made = {
            row["name"]
            for row in store.select(
                "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine != 'View'"
            )
            if row["name"] != "model_price"  # a dictionary over model_prices
        }
        views = {
            row["name"] for row in store.select("SELECT name FROM system.tables WHERE engine = 'MaterializedView'")
        }
        assert made - views == {*tables.HELD, *tables.FREE}
        assert not tables.HELD.keys() & tables.FREE.keys()

    def test_a_user_goes_from_all_of_them(self, store: Store, people: People) -> None:
        """Each table that is said to hold data loses its rows, and only Anna's."""
        for user in (ANNA, BERT):
            judged = people.trace("", attributes={"gen_ai.input.messages": "judge this"})
            trace = people.trace(user, session=f"session of {user}", attributes=CALL)
            people.log(trace=trace)
            people.log(user)
            people.verdicts(trace, scorer_trace=judged)
            people.verdicts("", session=f"session of {user}")
            for table in TABLES["metrics"]:
                people.point(user, table=table)
        usage.fold(store)
        before = {table: rows_of(store, table) for table in tables.HELD}
        proofs = forget(store, "user", ANNA)
        assert found(proofs) == {}
        assert {table: rows_of(store, table) * 2 for table in tables.HELD} == before | {
            # The rows without a trace are of one rule, for both users.
            "score_ledger": before["score_ledger"] + 1,
            "flags": before["flags"] + 1,
            "dataset_rows": before["dataset_rows"] + 1,
        }
        assert all(proofs[table].removed for table in tables.HELD)


class TestWhose:
    """Which traces are a user's."""

    def test_a_span_a_log_an_attribute_or_the_resource_names_the_user(self, store: Store, people: People) -> None:
        """Wherever in a trace it is said, the whole trace goes."""
        people.trace(users=["", BERT, ANNA])
        people.trace(attributes={"enduser.id": ANNA})
        people.trace(attributes={"mlflow.trace.user": f'"{ANNA}"'})
        people.log(ANNA, trace=people.trace())
        kept = {people.trace(), people.trace(BERT), people.trace(ANNA + "x")}
        assert found(forget(store, "user", ANNA)) == {"otel_traces": 1, "trace_parts": 1}
        assert traces_left(store) == kept

    def test_a_session_goes_whole_unless_it_is_shared(self, store: Store, people: People) -> None:
        """The other user's data is not Anna's to delete."""
        people.trace(ANNA, session="own")
        people.trace(session="own")
        people.trace(ANNA, session="shared")
        kept = {people.trace(session="shared"), people.trace(BERT, session="shared"), people.trace(session="other")}
        forget(store, "user", ANNA)
        assert traces_left(store) == traces_left(store, "trace_parts") == kept

    def test_one_project_only(self, store: Store, people: People) -> None:
        """Two applications may have users of the same name."""
        people.trace(ANNA, project="a")
        kept = people.trace(ANNA, project="b", trace_id="f" * 32)
        people.trace(ANNA, project="a", trace_id="f" * 32)
        proofs = forget(store, "user", ANNA, project="a")
        assert traces_left(store) == {kept}
        assert proofs["otel_traces"].removed == 2
        assert [row["Project"] for row in store.select("SELECT Project FROM otel_traces")] == ["b"]

    def test_a_session_or_a_trace_can_be_named(self, store: Store, people: People) -> None:
        """Without knowing whose it is."""
        people.trace(BERT, session="s-1")
        trace, kept = people.trace(ANNA), people.trace(BERT, session="s-10")
        forget(store, "session", "s-1")
        assert traces_left(store) == {trace, kept}
        forget(store, "trace", trace)
        assert traces_left(store) == {kept}

    def test_datasets_may_be_kept(self, store: Store, people: People) -> None:
        """Test cases are often worth more than the trace, and made by people."""
        people.verdicts(people.trace(ANNA))
        assert found(forget(store, "user", ANNA, keep_datasets=True)) == {}
        assert (rows_of(store, "dataset_rows"), rows_of(store, "scores")) == (1, 0)

    def test_exemplars_and_links_go_and_their_rows_stay(self, store: Store, people: People) -> None:
        """Sums are over many users; a trace that points to another one is its own."""
        trace, other = people.trace(ANNA), people.trace(BERT)
        people.trace(BERT, links=[trace, other])
        for table in ("otel_metrics_gauge", "otel_metrics_exponential_histogram"):
            people.point(exemplars=[other, trace], table=table)
        assert found(forget(store, "user", ANNA)) == {}
        for table in ("otel_metrics_gauge", "otel_metrics_exponential_histogram"):
            [row] = store.select(f"SELECT Exemplars.TraceId AS ids, Exemplars.SpanId AS spans FROM {table}")
            assert (row["ids"], len(row["spans"])) == ([other], 1)
        assert {tuple(row["ids"]) for row in store.select("SELECT Links.TraceId AS ids FROM otel_traces")} == {
            (),
            (other,),
        }

    @pytest.mark.parametrize("user", HOSTILE, ids=range(len(HOSTILE)))
    def test_any_text_may_be_an_id(self, store: Store, people: People, user: str) -> None:
        """It is never part of a statement."""
        people.trace(user)
        people.log(user)
        kept = people.trace("its")
        proofs = forget(store, "user", user)
        assert (traces_left(store), rows_of(store, "otel_logs"), found(proofs)) == ({kept}, 0, {})

    @pytest.mark.parametrize("user", ["", "  ", '""', "x" * (MAX_ID_CHARS + 1), "\ud800"])
    def test_an_id_that_names_nobody_is_refused(self, store: Store, people: People, user: str) -> None:
        """Everybody without a name has the empty one."""
        people.trace("")
        with pytest.raises(NothingToForget, match="user"):
            plan(store, "user", user)
        assert rows_of(store, "otel_traces") == 1


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
        assert set(found(proofs)) == {"trace_parts", "scores", "score_ledger", "flags", "dataset_rows"}

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


class TestLate:
    """What comes after it was deleted."""

    def test_the_user_comes_again(self, store: Store, people: People) -> None:
        """Spans, logs and data points of before go with the next tick; what begins later is new."""
        people.trace(ANNA)
        forget(store, "user", ANNA)
        people.trace(ANNA)
        people.log(ANNA)
        people.point(ANNA)
        later = people.trace(ANNA, day=datetime.now(UTC) + timedelta(minutes=5))
        other = people.trace(BERT)
        tick(store, Settings.from_environment({}))
        assert traces_left(store) == traces_left(store, "trace_parts") == {later, other}
        assert rows_of(store, "otel_logs") == rows_of(store, "otel_metrics_gauge") == 0
        assert unbalanced(store) == []
        assert forget_late(store) == 0

    def test_a_trace_comes_again_without_its_user(self, store: Store, people: People) -> None:
        """A span that waited in a log, and a score whose worker was at it."""
        trace = people.trace(ANNA)
        forget(store, "user", ANNA)
        people.trace(trace_id=trace)
        people.log(trace=trace)
        people.verdicts(trace)
        kept = people.trace(BERT)
        people.verdicts(kept)
        assert forget_late(store) == 1
        assert {
            table: rows_of(store, table) for table in ("otel_traces", "otel_logs", "scores", "flags", "dataset_rows")
        } == {
            "otel_traces": 1,
            "otel_logs": 0,
            "scores": 1,
            "flags": 1,
            "dataset_rows": 1,
        }
        assert unbalanced(store) == []

    def test_only_new_parts_are_read(self, store: Store, people: People, monkeypatch: Any) -> None:
        """What was looked at once is not looked at again."""
        people.trace(ANNA)
        forget(store, "user", ANNA)
        people.trace(BERT)
        forget_late(store)
        with monkeypatch.context() as patch:
            patch.setattr(store, "run", lambda query, /, **_: pytest.fail(f"{query} looks at parts that were seen"))
            forget_late(store)

    def test_a_count_that_was_under_way_names_the_user_again(self, store: Store, people: People) -> None:
        """Usage is counted beside us: what it enters about what was there before goes, of that project, and no more."""
        people.trace(ANNA, project="a", attributes=CALL)
        usage.fold(store)
        forget(store, "user", ANNA, project="a")
        minute = datetime.now(UTC).replace(second=0, microsecond=0)
        earlier, later = minute - timedelta(minutes=9), minute + timedelta(minutes=9)
        rows = [("a", earlier, ANNA), ("a", later, ANNA), ("a", earlier, BERT), ("b", earlier, ANNA)]
        store.insert("user_usage_parts", ("Project", "Minute", "UserId"), rows)
        forget_late(store)
        found = store.select("SELECT Project, Minute, UserId FROM user_usage_parts ORDER BY ALL")
        assert [(row["Project"], row["UserId"]) for row in found] == [("a", BERT), ("a", ANNA), ("b", ANNA)]

    def test_kept_datasets_stay_kept(self, store: Store, people: People) -> None:
        """As they were asked to be."""
        trace = people.trace(ANNA)
        forget(store, "user", ANNA, keep_datasets=True)
        people.verdicts(trace)
        forget_late(store)
        assert (rows_of(store, "dataset_rows"), rows_of(store, "scores")) == (1, 0)


class Killed(BaseException):
    """What a kill would be, between two statements."""


@pytest.mark.timeout(400)
def test_a_removal_that_is_killed_is_finished_by_the_upkeep(store: Store, people: People, monkeypatch: Any) -> None:
    """After any statement since it was decided, without asking anybody again."""
    for statement in range(random.randrange(4), 80, 4):
        trace = people.trace(ANNA, session="s")
        people.log(trace=trace)
        people.verdicts(trace)
        people.point(ANNA)
        if not killed(monkeypatch, store, statement):
            break
        forget_late(store)
        held = {table: rows_of(store, table) for table in tables.HELD}
        assert sum(held.values()) == 0, (statement, held)
        assert unbalanced(store) == []
        assert store.select("SELECT 1 FROM forgetting") == store.select("SELECT 1 FROM removals") == []
    assert statement > 10


def killed(monkeypatch: Any, store: Store, statement: int) -> bool:
    """Whether forgetting Anna was killed after its n-th statement that changes something."""
    asked, count, execute = plan(store, "user", ANNA), -1, store.execute

    def counted(sql: str, params: Any = None) -> int:
        nonlocal count
        written = execute(sql, params)
        count += "upkeep_lock" not in sql and bool(lists.decided(store))
        if count == statement:
            raise Killed
        return written

    with monkeypatch.context() as patch:
        patch.setattr(store, "execute", counted)
        try:
            carry_out(store, asked)
        except Killed:
            return True
    return False


def test_a_dry_run_changes_nothing(store: Store, people: People) -> None:
    """It says what would go."""
    trace = people.trace(ANNA)
    people.verdicts(trace)
    requests.cancel(store, plan(store, "user", BERT))
    before = everything(store)
    asked = plan(store, "user", ANNA)
    requests.cancel(store, asked)
    assert {table: rows for table, rows in asked.rows.items() if rows} == dict.fromkeys(
        ("otel_traces", "trace_parts", "scores", "score_ledger", "flags", "dataset_rows"), 1
    )
    assert everything(store) == before


def test_files_that_hold_the_id_are_named(tmp_path: Path) -> None:
    """Dead letters and requests that wait, whatever else is there."""
    letter = tmp_path / "dead-letter" / "traces" / "x.request"
    waiting = tmp_path / "wal" / "1" / "logs" / "y.sealed"
    other = tmp_path / "wal" / "1" / "logs" / "z.sealed"
    for path, content in ((letter, ANNA), (waiting, ANNA), (other, BERT), (other.with_name("empty"), "")):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\x0a\x10" + content.encode() + b"\x00" if content else b"")
    assert list(files.naming(tmp_path, ANNA)) == [letter, waiting]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    spans=st.lists(
        st.tuples(
            st.sampled_from(["a", "b"]),
            st.integers(1, 4),
            st.sampled_from(["", ANNA, BERT]),
            st.sampled_from(["", "s1", "s2"]),
            st.integers(0, 3),
        ),
        max_size=10,
    ),
    project=st.sampled_from(["", "a"]),
)
def test_what_remains_is_what_should(store: Store, spans: list[tuple[str, int, str, str, int]], project: str) -> None:
    """For any users, sessions, projects and days."""
    for table in ("otel_traces", "trace_parts", "ingest_ledger", "forgotten"):
        store.execute(f"TRUNCATE TABLE {table}")
    people = People(store)
    for owner, number, user, session, age in spans:
        day = datetime.now(UTC) - timedelta(days=age, minutes=1)
        people.trace(user, project=owner, trace_id=f"{number:032x}", session=session, day=day)
    forget(store, "user", ANNA, project=project)
    left = {
        (row["Project"], row["TraceId"]) for row in store.select("SELECT DISTINCT Project, TraceId FROM otel_traces")
    }
    assert left == {(one[0], f"{one[1]:032x}") for one in spans} - gone(spans, project)


def gone(spans: list[tuple[str, int, str, str, int]], project: str) -> set[tuple[str, str]]:
    """The traces that name Anna, and those of her own sessions."""
    mine = [one for one in spans if not project or one[0] == project]
    named = {(one[0], one[1]) for one in mine if one[2] == ANNA}
    sessions = {(one[0], one[3]) for one in mine if (one[0], one[1]) in named and one[3]}
    shared = {(one[0], one[3]) for one in mine if one[2] == BERT}
    named |= {(one[0], one[1]) for one in mine if (one[0], one[3]) in sessions - shared}
    return {(owner, f"{number:032x}") for owner, number in named}


def test_the_subject_of_a_list_names_nobody(store: Store, people: People) -> None:
    """It is written down, should we be killed."""
    people.trace(ANNA)
    subject = plan(store, "user", ANNA).subject
    assert ANNA not in subject.as_json()
    assert type(subject).from_json(subject.number, subject.as_json()) == subject
    assert json.loads(subject.as_json())["what"] == "user"
