import json
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from redis import Redis

from spanmill_store import flags, scores
from spanmill_store.client import Store
from support.judge_endpoint import answer, judge_endpoint, texts_of
from support.scoring import ScoringSide
from support.traces import TraceWriter

pytestmark = [pytest.mark.clickhouse, pytest.mark.redis]

Start = Callable[..., ScoringSide]

PYTHON = "rules:\n- {name: r, python: 'scorers:score', flag: {below: 0.5}, dataset: failures}"


@pytest.fixture
def start(store: Store, valkey: Redis, write_rules: Callable[[str], Path]) -> Start:
    """Start the scoring side on the text of a rules file, with a scorers.py beside it."""

    def started(text: str, scorers: str = "", **environment: str) -> ScoringSide:
        path = write_rules(text)
        path.with_name("scorers.py").write_text(dedent(scorers))
        return ScoringSide(store, valkey, path, environment)

    return started


class TestSql:
    """Rules in SQL are computed inside ClickHouse."""

    def test_scores_flags_and_dataset_rows_follow_from_rows(self, start: Start, traces: TraceWriter) -> None:
        """A bad trace becomes a score, a flag and a dataset row that says where it came from."""
        side = start("""
rules:
  - name: tools
    score: tool_success
    sample: 0.999999999
    sql:
      value: if(ErrorCount > 0, 0, 1)
      label: if(ErrorCount > 0, 'failed', 'fine')
      reason: concat(toString(ErrorCount), ' errors')
    flag: {below: 0.5}
    dataset: failures
""")
        bad = traces.turn("Where is it?", "No idea.", tool_error=True)
        traces.turn()
        assert side.turn() == {"scored": 2, "flagged": 1}
        (score,) = scores.newest(side.store, trace_id=bad.trace_id)
        assert (score.name, score.value, score.label, score.rationale) == ("tool_success", 0.0, "failed", "1 errors")
        assert (score.source, score.sampling_probability, score.cost_usd) == ("rule", 0.999999999, None)
        assert score.input_hash
        (flag,) = flags.newest(side.store)
        assert (flag.trace_id, flag.rule, flag.dataset) == (bad.trace_id, "tools", "failures")
        (row,) = side.store.select("SELECT * FROM dataset_rows FINAL")
        assert (row["Input"], row["Output"], row["TraceId"]) == ("Where is it?", "No idea.", bad.trace_id)
        assert (row["Rule"], row["RuleVersion"], row["ScoreName"]) == ("tools", flag.rule_version, "tool_success")
        assert (row["RowSource"], row["SessionId"]) == ("production", "conversation-1")
        assert side.count("datasets", "Name = 'failures'") == 1

    def test_a_built_in_scorer_needs_only_its_name(self, start: Start, traces: TraceWriter) -> None:
        """In SQL or in Python, with options or without: a bad answer becomes a score, a flag and a dataset row."""
        side = start("""
rules:
  - {name: promised, builtin: {contains: {none: [guarantee]}}, flag: {below: 1}, dataset: failures}
  - {name: refused, builtin: refusal, flag: {labels: [refused]}, dataset: failures}
""")
        bad = traces.turn(answer="I'm sorry, I can't help with that guarantee.")
        good = traces.turn(answer="Five days.")
        assert side.turn() == {"scored": 4, "flagged": 2}
        values = {(score.name, score.trace_id): score.value for score in scores.newest(side.store)}
        assert values == {
            ("promised", bad.trace_id): 0,
            ("refused", bad.trace_id): 0,
            ("promised", good.trace_id): 1,
            ("refused", good.trace_id): 1,
        }
        assert {flag.reason for flag in flags.newest(side.store)} == {
            "it says guarantee",
            "it says: sorry, I can't",
        }
        assert side.count("dataset_rows", "Dataset = 'failures'") >= 1

    def test_a_select_scores_what_it_returns(self, start: Start, traces: TraceWriter) -> None:
        """A target without a row has no score; one with two rows is the rule's mistake, told as such."""
        side = start("""
rules:
  - name: r
    sql:
      select: SELECT TraceId, Duration / 1e6 AS value FROM otel_traces WHERE SpanType IN ('tool', 'retriever')
""")
        one, none, two = traces.turn(tool_error=True), traces.turn(), traces.turn(documents=("a", "b"))
        side.turn()
        states = side.states("r")
        assert states[one.trace_id] == ("scored", "")
        assert states[none.trace_id] == ("filtered", "the scorer gave no score")
        assert states[two.trace_id] == ("scorer_error", "the SELECT returned 2 rows for one target")

    def test_a_value_that_cannot_be_computed_fails_its_target_only(self, start: Start, traces: TraceWriter) -> None:
        """One answer that breaks the expression does not take the batch with it; a NaN is no score."""
        side = start("rules:\n- {name: r, sql: toFloat64(Output)}")
        good, bad, nan = traces.turn(answer="0.5"), traces.turn(answer="half"), traces.turn(answer="nan")
        assert side.turn() == {"scored": 1, "scorer_error": 2}
        states = side.states("r")
        assert states[good.trace_id][0] == "scored"
        assert "Cannot parse" in states[bad.trace_id][1]
        assert "nan" in states[nan.trace_id][1]


class TestPython:
    """Rules in Python are functions of one target."""

    def test_a_scorer_sees_the_trace_and_its_spans(self, start: Start, traces: TraceWriter) -> None:
        """Input, output, columns and spans in start order are there to be looked at."""
        side = start(
            PYTHON,
            """
            from spanmill_scoring import Score
            def score(target):
                names = [(span.type, span.status) for span in target.spans]
                seen = (target.input, target.output, names, target.columns["ToolCount"], len(target.documents))
                return Score(value=0.75, label="seen", reason=repr(seen))
            """,
        )
        traces.turn("Why?", "Because.", tool_error=True, documents=("policy",))
        side.turn()
        (score,) = scores.newest(side.store)
        spans = [("agent", "Unset"), ("retriever", "Unset"), ("tool", "Error")]
        assert score.rationale == repr(("Why?", "Because.", spans, 1, 1))

    def test_failures_have_reasons_and_do_not_spread(self, start: Start, traces: TraceWriter) -> None:
        """A scorer that raises or returns nonsense fails that target, never with a fake 0."""
        side = start(
            PYTHON,
            """
            def score(target):
                return {"nan": float("nan"), "none": None, "one": 1}[target.output]
            """,
        )
        ids = {text: traces.turn(answer=text).trace_id for text in ("nan", "none", "one", "odd")}
        assert side.turn() == {"scored": 1, "filtered": 1, "scorer_error": 2}
        states = side.states("r")
        assert states[ids["nan"]] == ("scorer_error", "the scorer returned nonsense: the value is nan")
        assert states[ids["odd"]] == ("scorer_error", "the scorer raised KeyError: 'odd'")
        assert states[ids["none"]] == ("filtered", "the scorer gave no score")
        assert side.count("scores") == 1

    def test_a_scorer_that_cannot_be_imported_is_told(self, start: Start, traces: TraceWriter) -> None:
        """A module that fails when imported fails its targets with the reason."""
        side = start(PYTHON, "import nowhere_to_be_found\ndef score(target): ...")
        target = traces.turn()
        side.turn()
        assert "nowhere_to_be_found" in side.states("r")[target.trace_id][1]


class TestJudge:
    """Rules with a judge ask a model."""

    RULE = """
rules:
  - name: r
    judge:
      model: m
      base_url: ${JUDGE}
      api_key_env: null
      retries: 0
      patience_s: PATIENCE
      rubric: "{{input}}{{documents}}{{output}}"
      choices: {grounded: 1, invented: 0}
    flag: {labels: [invented]}
"""

    def test_verdicts_become_scores_and_flags(self, start: Start, traces: TraceWriter) -> None:
        """The judge sees question, documents and answer, and its verdict is kept with model and rationale."""

        def respond(request: dict[str, Any]) -> tuple[int, Any]:
            seen = texts_of(request)
            choice = "grounded" if seen["output"] in seen["documents"] else "invented"
            return 200, answer(json.dumps({"rationale": f"saw {seen['input']}", "choice": choice}))

        with judge_endpoint() as endpoint:
            endpoint.respond = respond
            side = start(self.RULE.replace("PATIENCE", "0"), JUDGE=endpoint.url)
            traces.turn("A?", "30 days", documents=("It is 30 days.",))
            bad = traces.turn("B?", "90 days", documents=("It is 30 days.",))
            assert side.turn() == {"scored": 2, "flagged": 1}
        (score,) = scores.newest(side.store, trace_id=bad.trace_id)
        assert (score.value, score.label, score.rationale) == (0.0, "invented", "saw B?")
        assert (score.source, score.judge_model, score.cost_usd) == ("judge", "m", None)

    def test_nonsense_is_a_parse_error(self, start: Start, traces: TraceWriter) -> None:
        """A verdict that is none is not guessed at."""
        with judge_endpoint() as endpoint:
            endpoint.respond = lambda _: (200, answer("I would say grounded!"))
            side = start(self.RULE.replace("PATIENCE", "0"), JUDGE=endpoint.url)
            traces.turn()
            assert side.turn() == {"parse_error": 1}

    def test_a_failing_endpoint_is_waited_for_and_then_given_up(self, start: Start, traces: TraceWriter) -> None:
        """Targets go on waiting while there is patience, are offered again, and in the end say what was wrong."""
        with judge_endpoint() as endpoint:
            endpoint.respond = lambda _: (503, {"error": {"message": "overloaded"}})
            side = start(self.RULE.replace("PATIENCE", "3600"), JUDGE=endpoint.url)
            target = traces.turn()
            assert side.turn() == {}
            assert side.states("r")[target.trace_id][0] == "waiting"
            endpoint.respond = lambda _: (200, answer('{"rationale": "", "choice": "grounded"}'))
            assert side.turn() == {"scored": 1}
            endpoint.respond = lambda _: (503, {"error": {"message": "overloaded"}})
            other = start(self.RULE.replace("PATIENCE", "0").replace("name: r", "name: other"), JUDGE=endpoint.url)
            assert other.turn() == {"provider_error": 1}
        assert "HTTP 503" in other.states("other")[target.trace_id][1]


class TestRepeating:
    """Anything may happen twice or end half way; every target has one state and one score."""

    def test_a_job_that_runs_twice_scores_once(self, start: Start, traces: TraceWriter) -> None:
        """The second run of a job finds nothing that waits."""
        side = start(PYTHON, "def score(target): return 0")
        traces.turns(3)
        side.planner.tick()
        (job,) = list(side.jobs())
        assert side.perform(*job.args) == {"scored": 3, "flagged": 3}
        assert side.perform(*job.args) == {}
        assert [side.count(table) for table in ("scores", "flags", "dataset_rows", "score_ledger")] == [3, 3, 3, 3]

    @pytest.mark.parametrize("table", ["scores", "flags", "dataset_rows", "score_ledger"])
    def test_a_crash_between_any_two_writes_is_healed(
        self, start: Start, traces: TraceWriter, table: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A job that dies before writing to *table* is done again, and leaves one row of each kind."""
        side = start(PYTHON, "def score(target): return 0")
        traces.turns(3)
        insert = Store.insert

        def dying(self: Store, name: str, *arguments: Any) -> None:
            if name == table:
                raise MemoryError
            insert(self, name, *arguments)

        # The process cannot be killed at an exact line from outside; the store's one way to write is replaced instead.
        monkeypatch.setattr(Store, "insert", dying)
        with pytest.raises(MemoryError):
            side.turn()
        monkeypatch.undo()
        side.valkey.flushall()
        assert side.turn() == {"scored": 3, "flagged": 3}
        assert [side.count(name) for name in ("scores", "flags", "dataset_rows", "score_ledger")] == [3, 3, 3, 3]
        assert {state for state, _ in side.states("r").values()} == {"scored"}

    def test_a_trace_that_is_gone_is_closed(self, start: Start, traces: TraceWriter) -> None:
        """A trace that was deleted while it waited gets a final state with that reason."""
        side = start(PYTHON, "def score(target): return 0")
        target = traces.turn()
        side.planner.tick()
        side.store.execute("TRUNCATE TABLE trace_parts")
        assert side.work() == {"filtered": 1}
        assert side.states("r")[target.trace_id][1] == "its spans are no longer stored"

    def test_status_counts_every_target_once(self, start: Start, traces: TraceWriter) -> None:
        """The sum of the states is the number of complete traces, and what was flagged is told."""
        side = start(
            PYTHON + "\n- {name: half, sample: 0.5, where: ToolCount = 0, sql: '1'}",
            "def score(target): return {'Yes.': 0, 'Five days.': 1}[target.output]",
        )
        traces.turns(20)
        traces.turn(tool_error=True)
        side.turn()
        status = side.status("r")
        assert (status.sampled, status.scored, status.failed, status.flagged) == (21, 21, 0, 20)
        half = side.status("half")
        assert half.scored + half.sampled_out == 20
        assert half.filtered == 1
