"""Scoring the past: entered once, by the planner's decision, and nobody else's business."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from redis import Redis

from spanmill_scoring import backfill as filling
from spanmill_scoring.scoring import Bench, load_scorer
from spanmill_store import version_differences
from spanmill_store.client import Store
from spanmill_store.scoring import backfill as stored
from spanmill_store.scoring import parts
from spanmill_store.scoring.backfill import Window
from spanmill_store.scoring.plan import clock_ns
from support.backfilling import HEAD, fill, grow_old, invoke, run, window
from support.scoring import ScoringSide
from support.traces import TraceWriter

pytestmark = [pytest.mark.clickhouse, pytest.mark.redis]

Start = Callable[..., ScoringSide]

SQL = HEAD + "- {name: r, sql: 'if(ErrorCount > 0, 0, 1)', flag: {below: 1}, dataset: bad}\n"
PYTHON = HEAD + "- {name: r, builtin: refusal}\n"
OTHER = "- {name: other, sql: '1'}\n"


@pytest.fixture
def start(store: Store, valkey: Redis, write_rules: Callable[[str], Path]) -> Start:
    """Start the scoring side on the text of a rules file."""
    return lambda text: ScoringSide(store, valkey, write_rules(text))


class TestEntering:
    """What is past comes into the ledger of one rule."""

    def test_what_no_planner_looks_at_any_more_is_scored(self, start: Start, traces: TraceWriter) -> None:
        """A rule in SQL right there, by its condition, its flags and its dataset."""
        side = start(SQL)
        bad = traces.turn(tool_error=True, age=timedelta(days=3))
        traces.turn(age=timedelta(days=3))
        grow_old(side.store, 3)
        side.passed_s = 0
        assert side.turn() == {}
        *_, done = fill(side)
        assert (done.entered, done.states) == (2, {"scored": 2, "flagged": 1})
        assert side.states("r")[bad.trace_id][0] == "scored"
        assert [side.count(table) for table in ("scores", "flags", "dataset_rows")] == [2, 1, 1]

    def test_other_rules_are_not_concerned(self, start: Start, traces: TraceWriter) -> None:
        """A planner that looks, often and long afterwards, does not take the past for new."""
        side = start(SQL + OTHER)
        traces.turn(age=timedelta(days=3))
        grow_old(side.store, 3)
        side.passed_s = 0
        side.planner.tick()
        fill(side)
        for seconds in (0, 100, 100):
            side.wait(seconds)
            assert side.turn() == {}
        assert side.count("score_ledger", "Rule = 'other'") == 0

    def test_what_is_new_is_left_to_every_rule(self, start: Start, traces: TraceWriter) -> None:
        """A trace that a backfill finds complete before the planner does is planned for all rules."""
        side = start(SQL + OTHER)
        side.passed_s = 0
        side.planner.tick()
        traces.turn()
        fill(side)
        side.wait(100)
        side.turn()
        assert side.count("score_ledger", "Rule = 'other' AND State = 'scored'") == 1

    @pytest.mark.parametrize("scope", ["trace", "span"])
    def test_twice_changes_nothing(self, start: Start, traces: TraceWriter, scope: str) -> None:
        """Whatever became of the targets: scored, filtered or sampled out, also under other rates."""
        rule = f"- {{name: r, scope: {scope}, sample: 0.5, where: \"ServiceName != ''\", sql: '1'}}\n"
        side = start(HEAD + rule)
        traces.turns(40)
        fill(side)
        before = side.store.select("SELECT * FROM score_ledger FINAL ORDER BY TraceId, SpanId")
        assert {row["State"] for row in before} == {"scored", "sampled_out"}
        side.path.write_text((HEAD + rule).replace("0.5", "0.9"))
        *_, done = fill(side)
        assert (done.entered, done.states) == (0, {})
        assert side.store.select("SELECT * FROM score_ledger FINAL ORDER BY TraceId, SpanId") == before

    def test_workers_score_what_is_in_python(self, start: Start, traces: TraceWriter) -> None:
        """The planner offers what waits, however old."""
        side = start(PYTHON)
        traces.turn(age=timedelta(days=3))
        grow_old(side.store, 3)
        *_, done = fill(side)
        assert (done.entered, done.states) == (1, {})
        side.passed_s = 0
        assert side.turn() == {"scored": 1}

    def test_only_the_window_is_entered(self, start: Start, traces: TraceWriter) -> None:
        """By when traces began."""
        side = start(SQL)
        ids = [traces.turn(age=timedelta(days=days, hours=1)) for days in (1, 2, 3)]
        grow_old(side.store, 1)
        now_ns, day_ns = clock_ns(side.store), 86_400 * 10**9
        fill(side, Window(now_ns - 5 * day_ns // 2, now_ns - 3 * day_ns // 2))
        assert side.states("r").keys() == {ids[1].trace_id}

    def test_an_interrupted_one_goes_on(
        self, start: Start, traces: TraceWriter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """From the window after the last that was entered; a finished one looks at everything again."""
        monkeypatch.setattr(parts, "SHARE", 1)
        side = start(SQL)
        for days in (1, 2, 3):
            traces.turn(age=timedelta(days=days))
        grow_old(side.store, 4)
        asked, loaded = window(side.store), side.rule("r")
        stored.complete(side.store, loaded.completion.patience, asked.from_ns, clock_ns(side.store), "backfill")
        bench = Bench(side.store, load_scorer)
        first = next(filling.run(bench, loaded, asked, lambda: clock_ns(side.store)))
        assert (first.traces, first.entered) == (1, 1)
        later = Window(asked.from_ns + 10**9, asked.until_ns)
        *_, done = filling.run(bench, loaded, later, lambda: clock_ns(side.store))
        assert (done.traces, done.entered, done.states) == (2, 2, {"scored": 3})
        *_, again = filling.run(bench, loaded, later, lambda: clock_ns(side.store))
        assert (again.traces, again.entered) == (3, 0)


class TestForeseeing:
    """What a backfill comes to is told before."""

    JUDGE = HEAD + "- {name: r, judge: {model: MODEL, rubric: 'Good? {{output}}', choices: {good: 1, bad: 0}}}\n"

    def test_a_dry_run_enters_nothing(self, start: Start, traces: TraceWriter, database_url: str) -> None:
        """And says how many would be scored, filtered, and sampled out: as many as come."""
        side = start(HEAD + "- {name: r, sample: 0.5, where: ErrorCount = 0, sql: '1'}\n")
        traces.turns(40)
        traces.turn(tool_error=True)
        told = run(side, database_url, "backfill", "r", "--since", "30d", "--dry-run", "--json")
        assert side.count("score_ledger") == 0
        done = run(side, database_url, "backfill", "r", "--since", "30d", "--yes", "--json")
        status = side.status("r")
        assert told["traces"] == 41
        foreseen = {"waiting": status.scored, "sampled_out": status.sampled_out, "filtered": status.filtered}
        assert told["foreseen"] == done["foreseen"] == foreseen
        assert (status.filtered, done["entered"], done["states"]) == (1, 41, {"scored": status.scored})

    def test_a_judge_is_priced(self, start: Start, traces: TraceWriter, database_url: str) -> None:
        """By the length of its prompts; an unknown price is said to be unknown."""
        side = start(self.JUDGE.replace("MODEL", "gpt-4o"))
        for _ in range(3):
            traces.turn(answer="word " * 400)
        cost = run(side, database_url, "backfill", "r", "--since", "7d", "--dry-run", "--json")["cost"]
        assert (cost["calls"], cost["output_tokens"], cost["unknown"]) == (3, 300, "")
        assert 3 * 500 < cost["input_tokens"] < 3 * 1000
        assert 0.001 < cost["usd"] < 0.1
        side.path.write_text(self.JUDGE.replace("MODEL", "nobody-knows-it"))
        cost = run(side, database_url, "backfill", "r", "--since", "7d", "--dry-run", "--json")["cost"]
        assert cost["usd"] is None
        assert "Nobody knows what nobody-knows-it" in cost["unknown"]

    def test_it_asks(self, start: Start, traces: TraceWriter, database_url: str) -> None:
        """And does nothing when the answer is no."""
        side = start(self.JUDGE.replace("MODEL", "nobody-knows-it"))
        traces.turn()
        result = invoke(side, database_url, "backfill", "r", "--since", "7d", answer="n\n")
        assert result.exit_code == 1
        assert "unknown price" in result.output
        assert "about 0.00" not in result.output
        assert side.count("score_ledger") == 0

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (("other", "--since", "7d"), "There is no rule 'other': known are r."),
            (("r", "--since", "yesterday"), "'yesterday' is no time: write 7d"),
            (("r", "--since", "2026-01-02", "--until", "2026-01-01"), "Nothing lies between 2026-01-02"),
        ],
    )
    def test_mistakes_are_sentences(
        self, start: Start, traces: TraceWriter, database_url: str, arguments: tuple[str, ...], sentence: str
    ) -> None:
        """Of the name or the time."""
        side = start(SQL)
        traces.turn()
        result = invoke(side, database_url, "backfill", *arguments, "--yes")
        assert result.exit_code != 0
        assert sentence in result.output + str(result.exception)


class TestComparing:
    """Two versions on the same targets."""

    def test_differences_are_paired(self, start: Start, traces: TraceWriter, database_url: str) -> None:
        """Counts, means, the interval of the mean difference, and what changed most."""
        side = start(HEAD + "- {name: r, sql: {value: SpanCount, label: \"if(ErrorCount > 0, 'bad', 'good')\"}}\n")
        traces.turns(10)
        worst = traces.turn(tool_error=True, documents=("a", "b"))
        fill(side)
        old = side.rule("r").version
        value, label = "if(ErrorCount > 0, 0, SpanCount + 1)", "if(SpanCount > 3, 'long', 'good')"
        side.path.write_text(f'{HEAD}- {{name: r, sql: {{value: "{value}", label: "{label}"}}}}\n')
        traces.turn()
        fill(side)
        new = side.rule("r").version
        told = run(side, database_url, "compare", "r", "--json")
        assert (told["old"], told["new"], told["old_targets"], told["new_targets"]) == (old, new, 11, 12)
        assert (told["pairs"], told["changed"], told["up"], told["down"]) == (11, 1, 10, 1)
        assert told["estimate"]["mean"] == pytest.approx((10 - 4) / 11)
        assert told["estimate"]["low"] < (10 - 4) / 11 < told["estimate"]["high"]
        assert told["new_mean"] - told["old_mean"] == pytest.approx(told["estimate"]["mean"])
        [example] = told["examples"]
        assert (example["trace_id"], example["old_label"], example["new_label"]) == (worst.trace_id, "bad", "long")
        shown = invoke(side, database_url, "compare", "r", "--versions", old, new).output
        assert worst.trace_id in shown

    def test_the_interval_is_that_of_student(self, start: Start) -> None:
        """Of the differences, whatever the values are: 1, 2, 3, 4 differ by 2.5 ± 2.0542."""
        side = start(SQL)
        rows = [
            (version, str(number), number * step) for version, step in (("a", 1), ("b", 2)) for number in range(1, 5)
        ]
        columns = ("RuleVersion", "TraceId", "Value", "Rule", "Name", "Source", "ScoreId")
        side.store.insert("scores", columns, [(*row, "r", "r", "rule", "".join(map(str, row))) for row in rows])
        [difference] = version_differences.differences(side.store, "r", "a", "b")
        assert difference.estimate is not None
        assert difference.estimate.mean == 2.5
        assert difference.estimate.high == pytest.approx(2.5 + 2.0542, abs=1e-3)

    def test_nothing_in_common_is_said(self, start: Start, traces: TraceWriter, database_url: str) -> None:
        """And one version alone is nothing to compare."""
        side = start(SQL)
        traces.turn()
        fill(side)
        result = invoke(side, database_url, "compare", "r")
        assert "only version" in str(result.exception)
        result = invoke(side, database_url, "compare", "r", "--versions", side.rule("r").version, "none")
        assert "no target in common" in result.output
