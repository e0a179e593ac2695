"""Passes of retention that are killed, meet, or change nothing; usage; and any settings at all."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spanmill_store import usage
from spanmill_store.client import Store
from spanmill_store.removal import lock
from spanmill_store.removal.lock import Busy
from spanmill_store.retention.enforcement import enforce, expired
from spanmill_store.retention.policies import set_days
from support.people import People, everything, traces_left
from support.removals import CALL, TODAY, Killed, ago, apply

pytestmark = pytest.mark.clickhouse


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


@pytest.mark.timeout(400)
def test_a_pass_that_is_killed_is_finished_by_the_next(store: Store, people: People, monkeypatch: Any) -> None:
    """After any statement; no row is lost, kept too long, or counted twice."""
    set_days(store, "a", "traces", 10)
    kept = people.trace(project="b", day=ago(11))
    for statement in range(random.randrange(6), 40, 6):
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


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
