"""Retention: what has expired goes, by partition where it can, nothing else goes, and the books balance."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from spanmill_store import usage
from spanmill_store.client import Store
from spanmill_store.removal import staging
from spanmill_store.retention import enforcement
from spanmill_store.retention.decisions import TIMED, Decision, decide
from spanmill_store.retention.policies import KINDS, InvalidRetention, Kind, Policies, set_days, unset
from support.people import People, traces_left
from support.removals import CALL, TODAY, ago, apply

pytestmark = pytest.mark.clickhouse


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
        people.verdicts(trace, session="s")
        store.insert("messages", ("Project", "Day", "Hash", "Content"), [("default", ago(30), "0" * 32, "hello")])
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


def bytes_on_disk(store: Store) -> int:
    """What the parts of spans take up that are in use."""
    [row] = store.select(
        "SELECT sum(bytes_on_disk) AS Bytes FROM system.parts WHERE database = currentDatabase() AND active"
        " AND table IN ('otel_traces', 'trace_parts')"
    )
    return int(row["Bytes"])
