"""Retention: what has expired goes, by partition where it can, nothing else goes, and the books balance."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spanmill_store import usage
from spanmill_store.client import Store
from spanmill_store.removal import lock, staging
from spanmill_store.removal.lock import Busy
from spanmill_store.retention import enforcement
from spanmill_store.retention.decisions import TIMED, Decision, decide
from spanmill_store.retention.enforcement import Expired, enforce, expired
from spanmill_store.retention.policies import KINDS, InvalidRetention, Kind, Policies, set_days, unset
from support.people import People, everything, traces_left, unbalanced

pytestmark = pytest.mark.clickhouse

TODAY = date(2026, 6, 30)
CALL = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": "5"}


@pytest.fixture
def people(store: Store) -> People:
    """Applications that send."""
    return People(store)


def ago(days: int) -> date:
    """A day before `TODAY`."""
    return TODAY - timedelta(days=days)


def apply(store: Store, today: date = TODAY) -> list[Expired]:
    """One pass, after which the books must balance."""
    found = enforce(store, on=today)
    assert unbalanced(store) == []
    assert staging.staged(store) == []
    return found


class TestSettings:
    """The table of settings."""

    def test_the_projects_own_setting_counts_before_the_one_for_all(self, store: Store) -> None:
        """A project may keep rows for ever where all others do not."""
        set_days(store, "", "traces", 10)
        set_days(store, "b", "traces", 3)
        set_days(store, "c", "traces", 0)
        policies = Policies.read(store)
        assert [policies.keep_from("traces", project, TODAY) for project in "abc"] == [ago(10), ago(3), None]
        assert policies.keep_from("logs", "a", TODAY) is None
        assert policies.kinds() == ["traces"]

    def test_a_setting_is_replaced_and_removed(self, store: Store) -> None:
        """There is one for each project and kind."""
        set_days(store, "a", "logs", 10)
        set_days(store, "a", "logs", 20)
        assert [(one.project, one.kind, one.days) for one in Policies.read(store).all] == [("a", "logs", 20)]
        unset(store, "a", "logs")
        assert Policies.read(store).all == ()
        with pytest.raises(InvalidRetention, match="Nothing is set for logs of project 'a'"):
            unset(store, "a", "logs")

    @pytest.mark.parametrize("days", [-1, 36_501])
    def test_days_out_of_range_are_refused(self, store: Store, days: int) -> None:
        """With a sentence."""
        with pytest.raises(InvalidRetention, match="from 1 to 36500"):
            set_days(store, "", "logs", days)


class TestTime:
    """Which day is the first that stays."""

    @pytest.mark.parametrize(
        ("begun", "stays"),
        [
            (datetime(2026, 6, 20, 0, 0, tzinfo=UTC), True),
            (datetime(2026, 6, 19, 23, 59, 59, 999_999, tzinfo=UTC), False),
        ],
    )
    def test_the_boundary_is_midnight_utc(self, store: Store, people: People, begun: datetime, stays: bool) -> None:
        """With ten days, the tenth day before today stays whole."""
        set_days(store, "", "traces", 10)
        people.trace(day=begun)
        apply(store)
        assert bool(traces_left(store)) is stays

    def test_without_settings_everything_stays(self, store: Store, people: People) -> None:
        """However old it is."""
        people.trace(day=date(1970, 1, 1))
        assert apply(store) == []
        assert len(traces_left(store)) == 1

    def test_1970_expires_at_once(self, store: Store, people: People) -> None:
        """A span without a time is as old as can be."""
        people.trace(day=date(1970, 1, 1))
        set_days(store, "", "traces", 36_500)
        apply(store)
        assert len(traces_left(store)) == 1
        set_days(store, "", "traces", 1000)
        apply(store)
        assert traces_left(store) == set()

    def test_days_to_come_expire_by_when_they_were_received(self, store: Store, people: People) -> None:
        """A clock that is wrong by a century does not make a span immortal."""
        set_days(store, "", "traces", 10)
        old = datetime(2026, 6, 19, 23, 59, tzinfo=UTC)
        people.trace(day=date(2100, 1, 1), received=old)
        new = people.trace(day=date(2100, 1, 1), received=old + timedelta(minutes=1))
        people.trace(day=date(2101, 1, 1), received=old)
        apply(store)
        assert traces_left(store) == traces_left(store, "trace_parts") == {new}

    def test_the_day_is_that_of_the_server(self, store: Store) -> None:
        """The embedded engine counts in UTC wherever it runs, and so does the passage of time."""
        assert store.select("SELECT timezone() AS zone") == [{"zone": "UTC"}]
        assert abs((enforcement.server_day(store) - datetime.now(UTC).date()).days) <= 1


class TestPartitions:
    """How rows go."""

    def test_a_day_that_expired_for_all_is_dropped(self, store: Store, people: People) -> None:
        """Without rewriting anything."""
        for project in ("a", "b"):
            people.trace(project=project, day=ago(11))
        set_days(store, "", "traces", 10)
        assert {(one.table, one.day, one.projects, one.rows, one.is_dropped) for one in apply(store)} == {
            (table, ago(11), ("a", "b"), 2, True) for table in ("otel_traces", "trace_parts")
        }
        assert store.select("SELECT 1 FROM system.mutations WHERE database = currentDatabase()") == []

    def test_a_project_that_keeps_more_keeps_its_rows(self, store: Store, people: People) -> None:
        """The day's partition is rewritten without the others'."""
        people.trace(project="a", day=ago(11))
        kept = people.trace(project="b", day=ago(11))
        set_days(store, "", "traces", 10)
        set_days(store, "b", "traces", 0)
        assert {one.is_dropped for one in apply(store)} == {False}
        assert traces_left(store) == traces_left(store, "trace_parts") == {kept}

    def test_space_is_freed(self, store: Store, people: People) -> None:
        """The rewritten part is smaller; ClickHouse takes the old one off the disk in its own time."""
        people.trace(project="a", day=ago(11), attributes={"text": "".join(map(str, range(100_000)))})
        people.trace(project="b", day=ago(11))
        before = bytes_on_disk(store)
        set_days(store, "a", "traces", 10)
        apply(store)
        assert bytes_on_disk(store) < before / 5

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_kind_is_its_own(self, store: Store, people: People, kind: Kind) -> None:
        """Nothing of another kind goes."""
        trace = people.trace("anna", day=ago(30), attributes=CALL)
        usage.fold(store)
        people.log(trace=trace, day=ago(30))
        for table in (one.name for one in TIMED if one.kind == "metrics"):
            people.point(day=ago(30), table=table)
        people.verdicts(trace)
        filled = {one.name for one in TIMED}
        set_days(store, "", kind, 10)
        today = datetime.now(UTC).date() + timedelta(days=12) if kind == "scores" else TODAY
        apply(store, today)
        empty = {table for table in filled if not store.select(f"SELECT 1 FROM {table} LIMIT 1")}
        assert empty == {one.name for one in TIMED if one.kind == kind}

    def test_late_rows_go_with_the_next_pass(self, store: Store, people: People) -> None:
        """A day may expire more than once, dropped or rewritten."""
        set_days(store, "a", "traces", 10)
        kept = people.trace(project="b", day=ago(12))
        for _ in range(2):
            for day in (ago(11), ago(12)):
                people.trace(project="a", day=day)
            assert {(one.table, one.day) for one in apply(store)} == {
                (table, day) for table in ("otel_traces", "trace_parts") for day in (ago(11), ago(12))
            }
            assert apply(store) == []
        assert traces_left(store) == {kept}

    def test_what_did_not_change_is_not_read_again(self, store: Store, people: People, monkeypatch: Any) -> None:
        """A pass looks at the list of parts, and at no row of a partition that it has seen."""
        set_days(store, "a", "traces", 10)
        people.trace(project="b", day=ago(11))
        apply(store)
        looked: list[object] = []

        def look(*arguments: Any) -> Decision:
            looked.append(arguments)
            return decide(*arguments)

        monkeypatch.setattr(enforcement, "decide", look)
        apply(store)
        assert looked == []
        people.trace(project="b", day=ago(11))
        apply(store)
        assert len(looked) == 2

    def test_a_row_that_comes_while_its_day_is_dropped_is_put_back(
        self, store: Store, people: People, monkeypatch: Any
    ) -> None:
        """Between the decision and the move, somebody who keeps everything may have sent something."""
        set_days(store, "a", "traces", 10)
        people.trace(project="a", day=ago(11))
        move = staging.move_out
        kept: list[str] = []

        def late(store: Store, table: str, partition: str) -> None:
            if not kept:
                kept.append(people.trace(project="b", day=ago(11)))
            move(store, table, partition)

        monkeypatch.setattr(staging, "move_out", late)
        apply(store)
        assert kept[0] in traces_left(store)
        monkeypatch.undo()
        apply(store)
        assert traces_left(store) == traces_left(store, "trace_parts") == set(kept)


class TestUsage:
    """Sums by the minute, which are kept by the month and outlive the traces that they were counted from."""

    def test_it_goes_by_the_day_of_its_minutes(self, store: Store, people: People) -> None:
        """A month is rewritten without the days that expired, and dropped when all of it has."""
        for day in (ago(60), ago(11), ago(10)):
            people.trace("anna", day=day, attributes=CALL)
        usage.fold(store)
        set_days(store, "", "usage", 10)
        went = {(one.table, one.rows, one.is_dropped) for one in apply(store)}
        tables = ("usage_folds", "usage_parts", "user_usage_parts")
        rows = {"usage_folds": 1, "usage_parts": 2, "user_usage_parts": 1}  # a call, and its trace
        assert went == {(table, rows[table], is_dropped) for table in tables for is_dropped in (True, False)}
        assert [row["Minute"].date() for row in store.select("SELECT Minute FROM user_usage")] == [ago(10)]
        assert apply(store) == []

    def test_a_late_span_does_not_pass_for_all_there_was(self, store: Store, people: People) -> None:
        """A minute whose traces have expired is not counted anew."""
        day = datetime.now(UTC).date() - timedelta(days=20)
        people.trace("anna", project="a", day=day, attributes=CALL)
        people.trace("anna", project="b", day=day, attributes=CALL)
        usage.fold(store)
        set_days(store, "a", "traces", 10)
        enforce(store)
        for project in "ab":
            people.trace("bert", project=project, day=day, attributes=CALL)
        assert usage.fold(store) == 1
        found = store.select("SELECT Project, UserId FROM user_usage ORDER BY ALL")
        assert [(row["Project"], row["UserId"]) for row in found] == [("a", "anna"), ("b", "anna"), ("b", "bert")]


class Killed(BaseException):
    """What a kill would be, between two statements."""


@pytest.mark.timeout(400)
def test_a_pass_that_is_killed_is_finished_by_the_next(store: Store, people: People, monkeypatch: Any) -> None:
    """After any statement; no row is lost, kept too long, or counted twice."""
    set_days(store, "a", "traces", 10)
    kept = people.trace(project="b", day=ago(11))
    for statement in range(random.randrange(4), 40, 4):
        for day in (ago(11), ago(12)):
            people.trace(project="a", day=day)
        if not kill_at(monkeypatch, store, statement, lambda: enforce(store, on=TODAY)):
            break
        people.trace(project="a", day=ago(12))
        apply(store)
        apply(store)
        assert traces_left(store) == traces_left(store, "trace_parts") == {kept}
        assert store.select("SELECT 1 FROM removals") == []
    assert statement > 10


def kill_at(monkeypatch: Any, store: Store, statement: int, work: Callable[[], object]) -> bool:
    """Whether *work* was killed after its n-th statement that changes something."""
    count, execute = -1, store.execute

    def counted(sql: str, params: Any = None) -> int:
        nonlocal count
        written = execute(sql, params)
        count += 1
        if count == statement:
            raise Killed
        return written

    with monkeypatch.context() as patch:
        patch.setattr(store, "execute", counted)
        try:
            work()
        except Killed:
            # A process that is killed does not release its lock either; that of a dead one becomes stale.
            store.run("removal/drop_table", table="upkeep_lock")
            return True
    return False


def test_a_dry_run_changes_nothing(store: Store, people: People) -> None:
    """It says what would go."""
    set_days(store, "", "traces", 10)
    people.trace(project="a", day=ago(11))
    before = everything(store)
    assert [(one.table, one.rows) for one in expired(store, on=TODAY)] == [("otel_traces", 1), ("trace_parts", 1)]
    assert everything(store) == before


def test_two_passes_do_not_meet(store: Store, people: People) -> None:
    """One waits for the other; one that died is not waited for for ever."""
    set_days(store, "", "traces", 10)
    people.trace(day=ago(11))
    with lock.held(store), pytest.raises(Busy, match="another process"):
        enforce(store, on=TODAY)
    assert len(traces_left(store)) == 1
    apply(store)
    assert traces_left(store) == set()


def test_a_stale_lock_is_taken_over(store: Store, monkeypatch: Any) -> None:
    """Its holder was killed."""
    store.run("upkeep/lock")
    monkeypatch.setattr(lock, "STALE_S", -1)
    with lock.held(store, wait_s=5):
        pass


_Row = tuple[str, int]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 6)), max_size=12),
    days=st.dictionaries(st.sampled_from(["", "a", "b", "c"]), st.integers(0, 6), max_size=4),
)
def test_what_remains_is_what_should(store: Store, rows: list[_Row], days: dict[str, int]) -> None:
    """For any projects, days and settings: just the rows that are within their project's days, and balanced books."""
    people = People(store)
    for table in ("otel_traces", "trace_parts", "retention", "ingest_ledger", "upkeep_marks"):
        store.execute(f"TRUNCATE TABLE {table}")
    made = {people.trace(project=project, day=ago(age)): (project, age) for project, age in rows}
    for project, kept in days.items():
        set_days(store, project, "traces", kept)
    apply(store)

    def stays(project: str, age: int) -> bool:
        limit = days.get(project, days.get("", 0))
        return limit == 0 or age <= limit

    expected = {trace for trace, row in made.items() if stays(*row)}
    assert traces_left(store) == traces_left(store, "trace_parts") == expected


def bytes_on_disk(store: Store) -> int:
    """What the parts of spans take up that are in use."""
    [row] = store.select(
        "SELECT sum(bytes_on_disk) AS Bytes FROM system.parts WHERE database = currentDatabase() AND active"
        " AND table IN ('otel_traces', 'trace_parts')"
    )
    return int(row["Bytes"])
