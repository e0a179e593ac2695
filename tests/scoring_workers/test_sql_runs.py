"""Rules in SQL, scored inside ClickHouse: what waits and nothing else, and whole after any crash."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from rq import Queue

from spanmill_scoring import sql_runs
from spanmill_scoring.queue.jobs import SERIALIZER, SpanmillJob
from spanmill_scoring.scoring import Bench, load_scorer, score, utc_now
from spanmill_store import scores
from spanmill_store.client import Store
from spanmill_store.scoring import runs
from spanmill_store.scoring.runs import Run
from support.scoring import ScoringSide
from support.traces import TraceWriter

pytestmark = [pytest.mark.clickhouse, pytest.mark.redis]

Start = Callable[..., ScoringSide]

FAILING = "rules:\n- {name: r, sql: 'toFloat64(Output)', flag: {below: 1}, dataset: bad}"
SIMPLE = "rules:\n- {name: r, sql: 'if(ErrorCount > 0, 0, 1)', flag: {below: 1}, dataset: bad}"
STEPS = (
    "evaluate",
    "counts",
    "write_scores",
    "withdraw_scores",
    "write_flags",
    "withdraw_flags",
    "close_targets",
    "drop",
)


@pytest.fixture
def start(store: Store, valkey: Redis, write_rules: Callable[[str], Path]) -> Start:
    """Start the scoring side on the text of a rules file."""
    return lambda text: ScoringSide(store, valkey, write_rules(text))


def inside(side: ScoringSide) -> None:
    """Score what waits inside ClickHouse."""
    score(Bench(side.store, load_scorer), side.rule("r"), [])


def left(store: Store) -> int:
    """Rows of runs that were not dropped."""
    return int(store.select("SELECT count() AS n FROM sql_runs")[0]["n"])


class TestRuns:
    """Runs take up what waits, and nothing else."""

    def test_a_late_revision_with_nothing_to_say_withdraws(self, start: Start, traces: TraceWriter) -> None:
        """The score, and the flag; the ledger says why."""
        side = start("rules:\n- {name: r, sql: 'if(SpanCount > 1, NULL, 0)', flag: {below: 1}}")
        target = traces.turn()
        assert side.turn() == {"scored": 1, "flagged": 1}
        traces.spans(target.trace_id, [("late", "root", {}, "Unset")])
        side.wait(100)
        assert side.turn() == {"filtered": 1}
        assert (side.count("scores"), side.count("flags", "NOT IsWithdrawn"), side.count("flags")) == (0, 0, 1)
        assert side.states("r")[target.trace_id] == ("filtered", "the scorer gave no score")

    def test_what_begins_to_wait_meanwhile_is_not_closed(
        self, start: Start, traces: TraceWriter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A trace that the planner enters while a run is underway waits for the next."""
        side = start(SIMPLE)
        traces.turn()
        side.planner.tick()
        evaluate = Run.evaluate

        def slowly(self: Run, *arguments: Any, **named: Any) -> None:
            evaluate(self, *arguments, **named)
            traces.turn()
            side.wait(100)
            side.planner.tick()

        monkeypatch.setattr(Run, "evaluate", slowly)
        inside(side)
        monkeypatch.undo()
        assert sorted(state for state, _ in side.states("r").values()) == ["scored", "waiting"]
        inside(side)
        assert [side.count(table) for table in ("scores", "score_ledger")] == [2, 2]

    def test_a_late_revision_that_comes_meanwhile_is_scored_again(
        self, start: Start, traces: TraceWriter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The run of the earlier revision does not close the later one."""
        side = start(SIMPLE)
        target = traces.turn()
        side.planner.tick()
        evaluate = Run.evaluate

        def slowly(self: Run, *arguments: Any, **named: Any) -> None:
            evaluate(self, *arguments, **named)
            traces.spans(target.trace_id, [("late", "root", {}, "Error")])
            side.wait(100)
            side.planner.tick()

        monkeypatch.setattr(Run, "evaluate", slowly)
        inside(side)
        monkeypatch.undo()
        assert side.states("r")[target.trace_id][0] == "waiting"
        inside(side)
        assert side.states("r")[target.trace_id][0] == "late_rescored"
        [found] = scores.newest(side.store)
        assert (found.value, side.count("flags")) == (0, 1)

    @pytest.mark.parametrize("step", STEPS)
    def test_a_crash_between_any_two_steps_is_healed(
        self, start: Start, traces: TraceWriter, step: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A job that dies before a step is done again, and leaves one row of each kind and no run."""
        side = start("rules:\n- {name: r, sql: 'if(SpanCount > 2, NULL, 0)', flag: {below: 1}, dataset: bad}")
        ids = [traces.turn() for _ in range(3)]
        side.turn()
        traces.spans(ids[0].trace_id, [("late", "root", {}, "Unset"), ("late", "root", {}, "Unset")])
        traces.turn()
        side.wait(100)

        def dying(*_: Any, **__: Any) -> None:
            raise MemoryError

        monkeypatch.setattr(Run, step, dying)
        with pytest.raises(MemoryError):
            side.turn()
        monkeypatch.undo()
        assert (left(side.store) > 0) == (step != "evaluate")
        # No clock can be turned on from outside: the run that died is made to look as old as it will be.
        side.store.execute("ALTER TABLE sql_runs UPDATE Time = Time - 7200 WHERE 1 SETTINGS mutations_sync = 1")
        side.valkey.flushall()
        side.turn()
        inside(side)
        assert [side.count(name) for name in ("scores", "flags", "dataset_rows", "score_ledger")] == [3, 4, 4, 4]
        assert side.count("flags", "NOT IsWithdrawn") == 3
        assert sorted(state for state, _ in side.states("r").values()) == ["filtered", *["scored"] * 3]
        assert left(side.store) == 0

    def test_a_replica_that_lags_closes_nothing(
        self, start: Start, traces: TraceWriter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where not all that was just written can be read, the targets go on waiting."""
        side = start(SIMPLE)
        traces.turn()
        traces.turn()
        side.planner.tick()
        rows = Store.rows

        def lagging(self: Store, query: str, /, **params: Any) -> list[dict[str, Any]]:
            return [] if query == "sql_runs/summary" else rows(self, query, **params)

        monkeypatch.setattr(Store, "rows", lagging)
        with pytest.raises(Exception, match="shows 0 of 2 rows"):
            inside(side)
        monkeypatch.undo()
        assert {state for state, _ in side.states("r").values()} == {"waiting"}

    def test_a_trace_that_is_gone_is_closed(self, start: Start, traces: TraceWriter) -> None:
        """With that reason, beside others that are scored."""
        side = start(SIMPLE)
        gone, kept = traces.turn(), traces.turn()
        side.planner.tick()
        delete = "ALTER TABLE trace_parts DELETE WHERE TraceId = {t:String} SETTINGS mutations_sync = 1"
        side.store.execute(delete, {"t": gone.trace_id})
        assert side.work() == {"filtered": 1, "scored": 1}
        assert side.states("r")[gone.trace_id] == ("filtered", "its spans are no longer stored")
        assert side.states("r")[kept.trace_id][0] == "scored"

    @pytest.mark.parametrize("is_most", [True, False])
    def test_what_waits_is_found_by_either_way_of_looking(
        self, start: Start, traces: TraceWriter, *, is_most: bool
    ) -> None:
        """Whether most of what the rule has waits, or little; what was scored is left alone."""
        side = start(SIMPLE)
        traces.turns(20)
        side.turn()
        late = traces.turns(3)
        side.wait(100)
        side.planner.tick()
        rule = sql_runs.asked(side.rule("r"))
        run = Run(side.store, rule, runs.Share(is_most=is_most), 0)
        assert (run.waiting(), sorted(run.ids(9)), len(run.ids(2))) == (3, sorted(late), 2)


class TestRefusals:
    """What ClickHouse cannot compute for one target does not keep it from the others."""

    def test_shares_are_divided_until_the_target_stands_alone(
        self, start: Start, traces: TraceWriter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """All others are scored, and it fails with ClickHouse's reason."""
        monkeypatch.setattr(sql_runs, "EACH", 4)
        side = start(FAILING)
        traces.answers(["0.5"] * 40)
        bad = traces.turn(answer="half")
        assert side.turn() == {"scored": 40, "flagged": 40, "scorer_error": 1}
        assert "Cannot parse" in side.states("r")[bad.trace_id][1]
        assert left(side.store) == 0

    def test_memory_is_bounded_by_shares(self, start: Start, traces: TraceWriter) -> None:
        """Everything is scored, whatever a share holds."""
        side = start(SIMPLE)
        traces.turns(50)
        side.planner.tick()
        loaded = side.rule("r")
        assert len(runs.shares(side.store, sql_runs.asked(loaded), 8)) == 7
        states = sql_runs.score_waiting(side.store, loaded, no_ids, utc_now, share_size=8)
        assert states == {"scored": 50}

    def test_a_job_ends_in_time(self, start: Start, traces: TraceWriter) -> None:
        """What it does not come to waits for the next one."""
        side = start(SIMPLE)
        traces.turns(10)
        side.planner.tick()
        assert sql_runs.score_waiting(side.store, side.rule("r"), no_ids, utc_now, work_s=0) == {}
        assert side.status("r").waiting == 10


def no_ids(ids: object) -> Any:
    """Nothing is scored by its id here."""
    raise AssertionError(ids)


class TestOffers:
    """Everything that waits for a rule in SQL is one job, which carries no ids."""

    def test_one_job_is_offered_while_something_waits(self, start: Start, traces: TraceWriter) -> None:
        """Not a second one while it lives, by whichever planner; a new one when it is done and more waits."""
        side = start(SIMPLE)
        traces.turns(3)
        for planner in (side.planner, side.planner, side.new_planner()):
            planner.tick()
        [job] = list(side.jobs())
        assert job.args == ["r", side.rule("r").version, []]
        assert side.perform(*job.args) == {"scored": 3}
        side.planner.tick()
        assert list(side.jobs()) == []
        traces.turns(2)
        side.wait(100)
        assert side.turn() == {"scored": 2}

    def test_jobs_that_die_again_and_again_are_offered_by_ids(self, start: Start, traces: TraceWriter) -> None:
        """So that in the end only what is at fault is given up."""
        side = start(SIMPLE)
        [target, *_] = traces.turns(2)
        queue = Queue("fast", connection=side.valkey, job_class=SpanmillJob, serializer=SERIALIZER)
        offered: list[list[list[str]]] = []
        for _ in range(5):
            side.planner.tick()
            [job] = queue.get_jobs()
            offered.append(job.args[2])
            queue.remove(job)
            side.valkey.hset(SpanmillJob.key_for(job.id), "status", "failed")
        assert offered[:4] == [[], [], [], []]
        assert list(target) in offered[4]
