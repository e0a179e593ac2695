"""What comes after it was forgotten, and a removal that is killed."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from spanmill_store import usage
from spanmill_store.client import Store
from spanmill_store.forgetting import lists, removal, tables
from spanmill_store.forgetting.late import forget_late
from spanmill_store.forgetting.requests import carry_out, plan
from spanmill_store.settings import Settings
from spanmill_store.upkeep import tick
from support.people import People, traces_left, unbalanced
from support.removals import ANNA, BERT, CALL, Killed, forget, rows_of

pytestmark = pytest.mark.clickhouse


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

    def test_it_comes_again_while_it_is_removed(self, store: Store, people: People, monkeypatch: Any) -> None:
        """The request itself removes what has come before it has answered."""
        people.trace(ANNA)
        remove, came = removal.remove, [2]

        def late(*arguments: Any) -> Any:
            removed = remove(*arguments)
            if came[0]:
                came[0] -= 1
                people.trace(ANNA)
            return removed

        monkeypatch.setattr(removal, "remove", late)
        proofs = forget(store, "user", ANNA)
        assert (proofs["otel_traces"].removed, proofs["otel_traces"].found, traces_left(store)) == (3, 0, set())

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


@pytest.mark.timeout(400)
def test_a_removal_that_is_killed_is_finished_by_the_upkeep(store: Store, people: People, monkeypatch: Any) -> None:
    """After any statement since it was decided, without asking anybody again."""
    for statement in range(random.randrange(8), 80, 8):
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
