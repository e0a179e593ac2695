import logging
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from spanmill_scoring import planner as planner_module
from spanmill_scoring.queue.offers import Offers
from spanmill_scoring.rules.watched import WatchedRules
from spanmill_scoring.sampling import is_sampled
from spanmill_store import completion
from spanmill_store.client import Store
from spanmill_store.completion import Patience
from spanmill_store.errors import StoreUnavailable
from spanmill_store.scoring.plan import clock_ns
from support.processes import free_port
from support.scoring import ScoringSide
from support.traces import TraceWriter

pytestmark = [pytest.mark.clickhouse, pytest.mark.redis]

Start = Callable[[str], ScoringSide]


@pytest.fixture
def start(store: Store, valkey: Redis, write_rules: Callable[[str], Path]) -> Start:
    """Start the scoring side on the text of a rules file."""
    return lambda text: ScoringSide(store, valkey, write_rules(text))


class TestDeciding:
    """Which targets wait, are out, or do not matter is decided inside ClickHouse."""

    def test_every_complete_trace_gets_exactly_one_state(self, start: Start, traces: TraceWriter) -> None:
        """Filtered by the condition, else sampled by the trace id exactly as Python samples it, else waiting."""
        side = start("rules:\n- {name: r, where: ToolCount = 0, sample: 0.4, sql: '1'}")
        plain = traces.turns(150)
        with_tool = [traces.turn(tool_error=True) for _ in range(3)]
        side.planner.tick()
        expected = {t.trace_id: "waiting" if is_sampled(t.trace_id, 0.4) else "sampled_out" for t in plain}
        expected |= {t.trace_id: "filtered" for t in with_tool}
        assert {trace: state for trace, (state, _) in side.states("r").items()} == expected

    def test_a_second_tick_changes_nothing(self, start: Start, traces: TraceWriter) -> None:
        """What is known and on its way is neither entered nor offered again."""
        side = start("rules:\n- {name: r, sql: '1'}")
        traces.turns(5)
        side.planner.tick()
        rows = side.store.select("SELECT count() AS n FROM score_ledger")[0]["n"]
        side.planner.tick()
        assert side.store.select("SELECT count() AS n FROM score_ledger")[0]["n"] == rows == 5
        assert len(list(side.jobs())) == 1

    def test_a_trace_waits_until_it_is_idle_or_old(self, start: Start, traces: TraceWriter) -> None:
        """A root and a quiet while complete a trace; one without a root is taken when it is old."""
        side = start("completion: {idle_s: 150, max_age_s: 1000}\nrules:\n- {name: r, sql: '1'}")
        complete, rootless = traces.turn(), traces.turn(has_root=False)
        seen = []
        for seconds in (0, 100, 700, 200):
            side.wait(seconds)
            side.planner.tick()
            seen.append(set(side.states("r")))
        both = {complete.trace_id, rootless.trace_id}
        assert seen == [set(), {complete.trace_id}, {complete.trace_id}, both]

    def test_a_trace_that_completes_between_ticks_is_found(self, start: Start, traces: TraceWriter) -> None:
        """A planner that has looked before looks only at what is new, and misses nothing of it."""
        side = start("rules:\n- {name: r, sql: '1'}")
        traces.turns(3)
        side.planner.tick()
        later = traces.turn()
        side.wait(100)
        side.planner.tick()
        assert later.trace_id in side.states("r")

    def test_an_answer_that_is_lost_loses_no_trace(
        self, start: Start, traces: TraceWriter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """ClickHouse has entered what is complete, and the planner does not know."""
        side = start("rules:\n- {name: r, sql: '1'}")
        side.planner.tick()
        traces.turn()
        side.wait(100)

        def losing(*arguments: Any, **options: Any) -> int:
            assert complete(*arguments, **options) == 1
            raise StoreUnavailable("the answer is lost")

        complete = completion.complete
        monkeypatch.setattr(completion, "complete", losing)
        with pytest.raises(StoreUnavailable):
            side.planner.tick()
        monkeypatch.undo()
        assert side.turn() == {"scored": 1}

    def test_another_planner_goes_on_where_one_stopped(
        self, start: Start, traces: TraceWriter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It died between finding out that a trace is complete and telling the rules."""
        side = start("rules:\n- {name: r, sql: '1'}")
        side.planner.tick()
        traces.turn()
        side.wait(100)
        monkeypatch.setattr(planner_module, "plan", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            side.planner.tick()
        monkeypatch.undo()
        side.planner = side.new_planner()
        assert side.turn() == {"scored": 1}

    def test_what_another_planner_found_is_seen_too(self, start: Start, traces: TraceWriter) -> None:
        """By a look back, once a minute, should the other one have died."""
        side = start("rules:\n- {name: r, sql: '1'}")
        side.planner.tick()
        traces.turn()
        side.wait(100)
        now_ns = clock_ns(side.store) + int(side.passed_s * 1e9)
        assert completion.complete(side.store, Patience(), now_ns, now_ns - 10**12, planner="other") == 1
        side.wait(1)
        assert side.turn() == {"scored": 1}

    def test_spans_are_targets_too(self, start: Start, traces: TraceWriter) -> None:
        """A rule with scope span sees every span of complete traces, and filters by their columns."""
        side = start("rules:\n- {name: r, scope: span, where: SpanType = 'tool', sql: StatusCode != 'Error'}")
        traces.turn(tool_error=True)
        assert side.turn()["scored"] == 1
        assert side.count("scores", "SpanId != '' AND Value = 0") == 1
        assert side.count("score_ledger", "State = 'filtered'") == 1

    def test_a_rule_that_does_not_compile_leaves_the_others_alone(
        self, start: Start, traces: TraceWriter, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A condition that ClickHouse cannot compile costs one sentence and only its own rule."""
        side = start("rules:\n- {name: bad, where: noSuch(Output), sql: '1'}\n- {name: good, sql: '1'}")
        traces.turn()
        assert side.turn()["scored"] == 1
        side.planner.tick()
        (sentence,) = [record.getMessage() for record in caplog.records if "'bad'" in record.getMessage()]
        assert "noSuch" in sentence
        assert "rules.yaml, line 2" in sentence

    def test_a_condition_that_fails_on_data_leaves_the_others_alone(
        self, start: Start, traces: TraceWriter, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A condition that ClickHouse can compile but not compute is told, once in a while."""
        side = start("rules:\n- {name: bad, where: toInt32(Output) > 0, sql: '1'}\n- {name: good, sql: '1'}")
        for number in range(40):
            traces.turn(answer=f"no number {number}")
        assert side.turn()["scored"] == 40
        side.planner.tick()
        assert len([record for record in caplog.records if "'bad' cannot be planned" in record.getMessage()]) == 1

    def test_a_trace_that_a_condition_fails_on_leaves_the_others_alone(self, start: Start, traces: TraceWriter) -> None:
        """It is filtered, and the ledger says why; all others are scored."""
        side = start("rules:\n- {name: r, where: toInt32(Output) > 0, sql: '1'}")
        for number in range(20):
            traces.turn(answer=f"{number + 1}")
        bad = traces.turn(answer="no number")
        side.turn()
        states = side.states("r")
        assert states[bad.trace_id][0] == "filtered"
        assert "cannot be computed" in states[bad.trace_id][1]
        assert Counter(state for state, _ in states.values())["scored"] == 20

    def test_a_new_version_takes_over_what_waits(self, start: Start, traces: TraceWriter) -> None:
        """What still waits for the old version is closed, and the new version looks at the same traces."""
        side = start("rules:\n- {name: r, sql: '1'}")
        traces.turns(4)
        side.planner.tick()
        list(side.jobs())
        side.path.write_text("rules:\n- {name: r, sql: '2'}")
        assert side.turn()["scored"] == 4
        assert side.count("score_ledger", "State = 'waiting'") == 0
        assert side.count("scores", "Value = 2") == 4


class TestOffering:
    """Redis is a hint: whatever it loses is offered again."""

    def test_a_wiped_redis_is_filled_again(self, start: Start, traces: TraceWriter) -> None:
        """After FLUSHALL everything that waits is offered once more, and scored once."""
        side = start("rules:\n- {name: r, sql: '1'}")
        traces.turns(250)
        side.planner.tick()
        side.valkey.flushall()
        side.planner.tick()
        assert side.work()["scored"] == 250
        assert side.count("scores") == 250

    def test_a_job_that_a_dying_worker_took_is_offered_again(
        self, start: Start, traces: TraceWriter, valkey: Redis
    ) -> None:
        """A job in no queue that nobody has started is lost, though Redis still calls it queued."""
        side = start("rules:\n- {name: r, sql: '1'}")
        traces.turns(3)
        side.planner.tick()
        # What is left when a worker dies between taking a job and saying that it has.
        assert valkey.lmove("rq:queue:fast", "rq:queue:fast:intermediate")
        for _ in range(3):
            side.planner.tick()
        assert len(list(side.jobs())) == 1

    def test_a_new_planner_offers_the_same_jobs(self, start: Start, traces: TraceWriter) -> None:
        """A planner that starts anew finds its predecessor's jobs instead of doubling them."""
        side = start("rules:\n- {name: r, sql: '1'}")
        traces.turns(5)
        side.planner.tick()
        side.new_planner().tick()
        assert len(list(side.jobs())) == 1

    def test_a_target_that_kills_its_jobs_is_given_up(self, start: Start, traces: TraceWriter) -> None:
        """A target whose jobs die even when it is alone in them gets a final state; the others are scored."""
        side = start("rules:\n- {name: r, builtin: refusal}")
        poison, *harmless = traces.turns(4)
        for _ in range(8):
            side.planner.tick()
            for job in list(side.jobs()):
                if [*poison] in job.args[2]:
                    job.save()
                    side.valkey.hset(job.key, "status", "failed")
                else:
                    side.perform(*job.args)
        states = side.states("r")
        assert states[poison.trace_id][0] == "scorer_error"
        assert "worker died" in states[poison.trace_id][1]
        assert {states[target.trace_id][0] for target in harmless} == {"scored"}

    def test_without_redis_the_ledger_is_still_kept(
        self, store: Store, write_rules: Callable[[str], Path], traces: TraceWriter, caplog: pytest.LogCaptureFixture
    ) -> None:
        """While Redis is away targets are entered all the same, and the log says so once."""
        caplog.set_level(logging.WARNING)
        traces.turns(3)
        away = Redis(port=free_port(), retry=Retry(NoBackoff(), 0))
        rules = WatchedRules(write_rules("rules:\n- {name: r, sql: '1'}"))
        planner = planner_module.Planner(store, rules, Offers(away), clock=lambda store: clock_ns(store) + 10**11)
        with pytest.raises(RedisError):
            planner.tick()
        assert store.select("SELECT count() AS n FROM score_ledger")[0]["n"] == 3
        stop = threading.Event()
        loop = threading.Thread(target=planner_module.run, args=(planner, stop, 0.01))
        loop.start()
        stop.wait(0.5)
        stop.set()
        loop.join()
        assert len([record for record in caplog.records if "Nothing is lost" in record.getMessage()]) == 1
