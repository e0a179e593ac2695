"""The whole mill from end to end, as `make demo KEEP=1` turns it: a program, its spans, scores, flags, a dataset."""

import json
import re

import pytest

from support.demo import BAD, TURNS, Finished

pytestmark = [pytest.mark.demo, pytest.mark.clickhouse, pytest.mark.redis, pytest.mark.timeout(240)]


def test_every_turn_is_one_trace_with_its_own_question_and_answer(demo: Finished) -> None:
    """Nothing is lost, doubled or mixed up between the bot and the store."""
    rows = demo.sql("SELECT SessionId, Input, SpanCount, UserId, HasRoot FROM traces WHERE Source != 'judge'")
    assert sorted((row["SessionId"], row["Input"]) for row in rows) == sorted(TURNS)
    assert all(row["HasRoot"] and row["UserId"] and row["SpanCount"] >= 3 for row in rows)
    [spans] = demo.sql(
        "SELECT count() AS n, uniqExact(TraceId, SpanId) AS distinct FROM otel_traces WHERE Source != 'judge'"
    )
    assert spans["n"] == spans["distinct"] == sum(row["SpanCount"] for row in rows)


def test_calls_of_the_model_carry_content_and_usage(demo: Finished) -> None:
    """The published instrumentation of the openai package was switched on, with message content."""
    [row] = demo.sql(
        "SELECT count() AS calls, countIf(Input LIKE '[%user%' AND RequestModel = 'support-model' AND InputTokens > 0)"
        " AS complete FROM otel_traces WHERE SpanType = 'llm' AND Source != 'judge'"
    )
    assert row["calls"] == row["complete"] >= len(TURNS)


def test_every_rule_has_decided_about_every_turn_once(demo: Finished) -> None:
    """The ledger is complete: one final state for each trace and rule, and one score for each that was sampled."""
    [rules] = demo.sql("SELECT uniqExact(Rule) AS n FROM score_ledger")
    states = demo.sql("SELECT State, count() AS n FROM score_ledger FINAL GROUP BY State")
    by_state = {row["State"]: row["n"] for row in states}
    assert sum(by_state.values()) == rules["n"] * len(TURNS)
    assert set(by_state) == {"scored", "filtered", "sampled_out"}
    [scores] = demo.sql("SELECT count() AS n, uniqExact(Rule, TraceId) AS distinct FROM scores FINAL")
    assert scores["n"] == scores["distinct"] == by_state["scored"]


def test_scores_say_with_which_probability_they_were_sampled(demo: Finished) -> None:
    """The judge sees about half of the turns, and each of its scores says so."""
    rows = demo.sql(
        "SELECT Source, groupUniqArray(SamplingProbability) AS p FROM scores FINAL GROUP BY Source ORDER BY 1"
    )
    assert rows == [{"Source": "judge", "p": [0.5]}, {"Source": "rule", "p": [1.0]}]


def test_what_rules_without_a_judge_should_find_is_found(demo: Finished) -> None:
    """Every refusal, tool error, slow, empty and broken answer that the script has is flagged by its own rule."""
    rows = demo.sql(
        "SELECT Rule, SessionId, Input FROM flags AS f FINAL JOIN traces AS t ON t.TraceId = f.TraceId ORDER BY 1"
    )
    flagged: dict[str, set[tuple[str, str]]] = {}
    for row in rows:
        flagged.setdefault(row["Rule"], set()).add((row["SessionId"], row["Input"]))
    rules = {
        "refusal": "refusal",
        "tool_error": "tool_errors",
        "slow": "latency_s",
        "empty": "empty",
        "broken_json": "json",
    }
    for label, rule in rules.items():
        assert {turn for turn, known in TURNS.items() if known == label} <= flagged.get(rule, set()), label


def test_the_dataset_holds_each_flagged_turn_once_with_provenance(demo: Finished) -> None:
    """What `spanmill dataset export` writes can be traced back to its trace, rule and score."""
    lines = demo.spanmill("dataset", "export", "support-failures", "--format", "jsonl").stdout.splitlines()
    rows = [json.loads(line) for line in lines]
    flagged = {row["TraceId"] for row in demo.sql("SELECT DISTINCT TraceId FROM flags")}
    assert sorted(row["provenance"]["trace_id"] for row in rows) == sorted(flagged)
    assert all(row["input"] and row["provenance"]["flags"] for row in rows)
    assert all(flag["rule"] and flag["rule_version"] for row in rows for flag in row["provenance"]["flags"])


def test_the_report_adds_up(demo: Finished) -> None:
    """What the demo printed is what the store holds."""
    [row] = demo.sql(
        "SELECT (SELECT count() FROM otel_traces WHERE Source != 'judge') AS spans,"
        " (SELECT count() FROM scores FINAL) AS scores,"
        " (SELECT count() FROM flags FINAL) AS flags"
    )
    assert f"{row['spans']} spans in {len(TURNS)} traces → {row['scores']} scores → {row['flags']} flags" in demo.output
    assert re.search(rf"of {len(BAD)} bad turns were flagged", demo.output)
