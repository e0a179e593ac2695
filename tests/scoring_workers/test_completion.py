"""When a trace is complete, and what late spans do: one new score where they change what the scorer saw."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from spanmill_store import completion, score_means, scores
from spanmill_store.client import Store
from spanmill_store.completion import Patience
from spanmill_store.scoring.plan import clock_ns
from support.scoring import ScoringSide
from support.traces import TraceWriter

pytestmark = [pytest.mark.clickhouse, pytest.mark.redis]

Start = Callable[[str], ScoringSide]
CHAT = {"gen_ai.operation.name": "chat"}


@pytest.fixture
def start(store: Store, valkey: Redis, write_rules: Callable[[str], Path]) -> Start:
    """Start the scoring side on the text of a rules file."""
    return lambda text: ScoringSide(store, valkey, write_rules(text))


def completions(store: Store) -> list[tuple[Any, ...]]:
    """Revision and reason of every trace's current completion."""
    return [tuple(row.values()) for row in store.select("SELECT Revision, Reason FROM completions FINAL")]


class TestComplete:
    """A root that ended, no open span, and nothing for longer than spans of the service come late."""

    def complete(self, store: Store, later_s: float, **patience: float) -> int:
        """Look at everything, so many seconds from now."""
        now_ns = clock_ns(store) + int(later_s * 1e9)
        return completion.complete(store, Patience(**patience), now_ns, now_ns - 3600 * 10**9)

    def test_an_open_span_is_waited_for(self, store: Store, traces: TraceWriter) -> None:
        """A span whose parent has not come tells that the parent has not ended."""
        traces.spans("a" * 32, [("root", "", {}, "Unset"), ("chat", "agent", CHAT, "Unset")])
        assert self.complete(store, 100, idle_s=5, open_s=200) == 0
        assert self.complete(store, 250, idle_s=5, open_s=200) == 1
        assert completions(store) == [(0, "open spans")]

    def test_an_open_span_that_comes_completes_its_trace(self, store: Store, traces: TraceWriter) -> None:
        """Once no parent is missing, the trace is complete after the shorter wait."""
        spans = [("root", "", {}, "Unset"), ("chat", "span2", CHAT, "Unset"), ("agent", "root", {}, "Unset")]
        traces.spans("a" * 32, spans[:2])
        assert self.complete(store, 100, open_s=200) == 0
        traces.spans("a" * 32, spans)
        assert self.complete(store, 100, open_s=200) == 1
        assert completions(store) == [(0, "ended")]

    def test_a_root_whose_parent_sends_nothing_is_no_root(self, store: Store, traces: TraceWriter) -> None:
        """Such a trace is complete when it is old."""
        traces.turn(has_root=False)
        assert self.complete(store, 100, max_age_s=200) == 0
        assert self.complete(store, 250, max_age_s=200) == 1
        assert completions(store) == [(0, "no root")]

    def test_looking_again_changes_nothing(self, store: Store, traces: TraceWriter) -> None:
        """Neither does a look at a shorter time."""
        traces.turns(5)
        assert self.complete(store, 100) == 5
        assert self.complete(store, 101) == 0
        now_ns = clock_ns(store) + 10**11
        assert completion.complete(store, Patience(), now_ns, now_ns - 10**9) == 0

    def test_traces_are_decided_about_in_shares(
        self, store: Store, traces: TraceWriter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Each trace is in one share, however many there are."""
        monkeypatch.setattr(completion, "SHARE", 10)
        traces.turns(45)
        assert self.complete(store, 100) == 45
        assert len(completions(store)) == 45

    def test_services_whose_spans_come_late_are_waited_for(self, store: Store, traces: TraceWriter) -> None:
        """As long as 99 of 100 of their traces need, which is learned, and no longer than is allowed."""
        for number in range(completion.MIN_TRACES):
            trace = f"{number:032x}"
            traces.spans(trace, [("root", "", {}, "Unset")], age=timedelta(seconds=400))
            traces.spans(trace, [("root", "", {}, "Unset"), ("late", "root", {}, "Unset")], age=timedelta(seconds=150))
        assert completion.learn(store, clock_ns(store)) == 1
        [learned] = store.select("SELECT ServiceName, Traces, LatenessS FROM service_lateness")
        assert tuple(learned.values()) == ("bot", completion.MIN_TRACES, pytest.approx(250, abs=20))
        assert self.complete(store, 100) == 0
        assert self.complete(store, 100, idle_max_s=50) == completion.MIN_TRACES
        traces.turn()
        assert self.complete(store, 100) == 0
        assert self.complete(store, 290) == 1


LENGTH = "rules:\n- {name: r, sql: SpanCount, flag: {below: 2}}"


class TestLateSpans:
    """Spans that come after a trace was scored."""

    def test_what_changes_the_input_gives_one_new_score(self, start: Start, traces: TraceWriter) -> None:
        """It takes the place of the old one, and a flag that is not deserved any more is withdrawn."""
        side = start(LENGTH)
        target = traces.turn()
        assert side.turn() == {"scored": 1, "flagged": 1}
        traces.spans(target.trace_id, [("root", "", {}, "Unset"), ("chat", "root", CHAT, "Unset")])
        side.wait(100)
        assert side.turn() == {"late_rescored": 1}
        side.wait(100)
        assert side.turn() == {}
        assert side.states("r") == {target.trace_id: ("late_rescored", "")}
        assert [row["Value"] for row in side.store.select("SELECT Value FROM scores FINAL")] == [2]
        assert (side.count("flags"), side.count("flags", "NOT IsWithdrawn")) == (1, 0)
        assert side.status("r").flagged == 0
        assert completions(side.store) == [(1, "ended")]

    @pytest.mark.parametrize(
        ("expression", "state"),
        [("if(SpanCount = 1, 1, NULL)", "filtered"), ("if(SpanCount = 1, 1, 1 / 0)", "scorer_error")],
        ids=["nothing to say", "fails"],
    )
    def test_what_leaves_a_rule_without_a_score_takes_the_old_one_back(
        self, start: Start, traces: TraceWriter, expression: str, state: str
    ) -> None:
        """Means do not count it any more, and its flag is withdrawn."""
        side = start(f"rules:\n- {{name: r, sql: {{value: '{expression}'}}, flag: {{above: 0}}}}")
        target = traces.turn()
        assert side.turn() == {"scored": 1, "flagged": 1}
        traces.spans(target.trace_id, [("root", "", {}, "Unset"), ("chat", "root", CHAT, "Unset")])
        side.wait(100)
        assert side.turn() == {state: 1}
        assert side.states("r")[target.trace_id][0] == state
        assert side.store.select("SELECT Value FROM scores FINAL") == []
        assert scores.newest(side.store) == []
        assert score_means.means(side.store, days=1) == []
        assert side.count("flags", "NOT IsWithdrawn") == 0

    def test_spans_that_come_again_change_nothing(self, start: Start, traces: TraceWriter) -> None:
        """The same spans once more, as a collector sends them that was not sure."""
        side = start(LENGTH)
        target = traces.turn()
        assert side.turn()["scored"] == 1
        side.store.execute("INSERT INTO otel_traces SELECT * FROM otel_traces")
        side.wait(100)
        assert side.turn() == {}
        assert completions(side.store) == [(0, "ended")]
        assert side.states("r")[target.trace_id][0] == "scored"

    def test_spans_that_the_scorer_saw_already_are_not_scored_again(
        self, start: Start, traces: TraceWriter, tmp_path: Path
    ) -> None:
        """They came after the trace was complete, and before its turn."""
        (tmp_path / "late.py").write_text("calls = []\ndef size(trace):\n    calls.append(1)\n    return len(calls)\n")
        side = start("rules:\n- {name: r, python: 'late:size'}")
        target = traces.turn()
        side.planner.tick()
        traces.spans(target.trace_id, [("root", "", {}, "Unset"), ("chat", "root", CHAT, "Unset")])
        assert side.work()["scored"] == 1
        side.wait(100)
        assert side.turn() == {"late_rescored": 1}
        assert [row["Value"] for row in side.store.select("SELECT Value FROM scores FINAL")] == [1]

    def test_late_spans_while_a_job_runs_are_scored_after_it(self, start: Start, traces: TraceWriter) -> None:
        """A worker that began before the trace changed does not close what came of it."""
        side = start(LENGTH)
        target = traces.turn()
        side.planner.tick()
        jobs = list(side.jobs())
        traces.spans(target.trace_id, [("root", "", {}, "Unset"), ("chat", "root", CHAT, "Unset")])
        side.wait(100)
        side.planner.tick()
        later = list(side.jobs())
        for job in jobs:
            side.perform(*job.args)
        for _ in range(3):
            side.planner.tick()
        for job in [*later, *side.jobs()]:
            side.perform(*job.args)
        assert side.states("r")[target.trace_id][0] == "late_rescored"
        assert [row["Value"] for row in side.store.select("SELECT Value FROM scores FINAL")] == [2]

    def test_late_spans_count_for_the_lookback_only(self, start: Start, traces: TraceWriter) -> None:
        """What changes later, as when rows are mapped anew, is not scored again."""
        side = start("completion: {lookback_s: 1000}\n" + LENGTH)
        target = traces.turn()
        assert side.turn()["scored"] == 1
        side.wait(2000)
        traces.spans(target.trace_id, [("root", "", {}, "Unset"), ("chat", "root", CHAT, "Unset")])
        assert side.turn() == {}
        assert completions(side.store) == [(0, "ended")]

    def test_a_late_span_is_a_target_of_its_own(self, start: Start, traces: TraceWriter) -> None:
        """Of a rule with scope span; the spans before it are left alone."""
        side = start("rules:\n- {name: r, scope: span, sql: '1'}")
        target = traces.turn()
        assert side.turn() == {"scored": 1}
        traces.spans(target.trace_id, [("root", "", {}, "Unset"), ("chat", "root", CHAT, "Unset")])
        side.wait(100)
        assert sum(side.turn().values()) == 1
        assert side.count("scores") == 2
