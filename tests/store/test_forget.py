"""Forgetting: everything of a user goes and nothing else, it is proved, and what comes later goes too."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spanmill_store import usage
from spanmill_store.client import Store
from spanmill_store.forgetting import requests, tables
from spanmill_store.forgetting.requests import plan
from spanmill_store.forgetting.subjects import MAX_ID_CHARS, NothingToForget
from spanmill_store.otlp.repetition import TABLES
from support.people import People, everything, traces_left
from support.removals import ANNA, BERT, CALL, forget, found, rows_of

pytestmark = pytest.mark.clickhouse

HOSTILE = (
    'it\'s "her" {id:String} /*',
    "100%_sure back\\slash \\n",
    "Žofie 漢字 🙂\tand\nnewline",
    "'; DROP TABLE otel_traces; --",
    "x" * 5000,
)


class TestTables:
    """The one list of where data lies."""

    def test_every_table_is_held_or_free(self, store: Store) -> None:
        """A new table says by which key it is forgotten, or why it need not be."""
        made = {
            row["name"]
            for row in store.select(
                "SELECT name FROM system.tables WHERE database = currentDatabase()"
                " AND engine NOT IN ('View', 'Dictionary')"
            )
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
            # The row without a trace has one id, for both users.
            "dataset_rows": before["dataset_rows"] + 1,
        }
        assert all(proofs[table].removed for table in tables.HELD if table != "messages")  # nothing is packed here


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

    def test_any_text_may_be_an_id(self, store: Store, people: People) -> None:
        """It is never part of a statement."""
        traces = {user: people.trace(user) for user in HOSTILE}
        for user in HOSTILE:
            people.log(user)
        kept = people.trace("its")
        for user in HOSTILE:
            proofs = forget(store, "user", user)
            del traces[user]
            assert (traces_left(store), rows_of(store, "otel_logs")) == ({kept, *traces.values()}, len(traces)), user
            assert found(proofs) == {}, user

    @pytest.mark.parametrize("user", ["", "  ", '""', "x" * (MAX_ID_CHARS + 1), "\ud800"])
    def test_an_id_that_names_nobody_is_refused(self, store: Store, people: People, user: str) -> None:
        """Everybody without a name has the empty one."""
        people.trace("")
        with pytest.raises(NothingToForget, match="user"):
            plan(store, "user", user)
        assert rows_of(store, "otel_traces") == 1


def test_a_dry_run_changes_nothing(store: Store, people: People) -> None:
    """It says what would go."""
    trace = people.trace(ANNA)
    people.verdicts(trace)
    requests.cancel(store, plan(store, "user", BERT))
    before = everything(store)
    asked = plan(store, "user", ANNA)
    requests.cancel(store, asked)
    verdicts = ("sql_runs", "scores", "score_ledger", "completions", "flags", "review_queue", "notifications")
    assert {table: rows for table, rows in asked.rows.items() if rows} == dict.fromkeys(
        ("otel_traces", "trace_parts", "dataset_rows", *verdicts), 1
    )
    assert everything(store) == before


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
