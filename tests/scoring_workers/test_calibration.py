"""Rules are measured as instruments: scripted judges with known faults are caught, and one without is proven."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from spanmill_store import spend
from spanmill_store.spend import SpendRow
from support import scripted_judges
from support.checked_rule import CheckedRule, spanmill

pytestmark = [pytest.mark.clickhouse, pytest.mark.redis]


class TestVerdict:
    """What a check comes to."""

    def test_an_honest_judge_is_proven(self, world: CheckedRule) -> None:
        """It passes, exit 0, the last check can be seen again without asking, and each command says so."""
        world.label(right=8, wrong=6)
        world.side.turn()
        commands = {
            "list": ("rules", "list", "--rules", world.side.path),
            "status": ("rules", "status"),
            "means": ("scores", "means"),
            "scores": ("scores", "--rule", "right"),
            "why": (
                "rules",
                "why",
                world.side.store.select("SELECT TraceId FROM scores WHERE Rule != ''")[0]["TraceId"],
            ),
        }

        def shown() -> dict[str, set[str]]:
            at = ("--clickhouse-url", world.url)
            found = {name: spanmill(*command, *at) for name, command in commands.items()}
            as_json = {name: spanmill(*command, *at, "--json") for name, command in commands.items()}
            for name, result in found.items():
                trusts = {row["trust"] for row in json.loads(as_json[name].stdout)}
                assert all(f" {trust} " in result.stdout for trust in trusts), name
            return {name: {row["trust"] for row in json.loads(result.stdout)} for name, result in as_json.items()}

        assert shown() == {name: {"unproven"} for name in commands}
        result = world.check()
        assert result.exit_code == 0, result.output
        assert "is proven." in result.stdout
        assert shown() == {name: {"proven"} for name in commands}
        asked = len(world.endpoint.requests)
        assert world.check("--last").stdout == result.stdout
        assert len(world.endpoint.requests) == asked
        world.change("Is it right?", "Is it true?")
        assert shown()["list"] == {"unproven"}

    @pytest.mark.parametrize(
        ("judge", "kind"),
        [
            (scripted_judges.fond_of_length, "length"),
            (scripted_judges.fond_of_confidence, "confidence"),
            (scripted_judges.obedient, "request"),
            (scripted_judges.fond_of_the_first_choice, "choices"),
            (scripted_judges.reader_of_the_first_document, "documents"),
        ],
        ids=lambda value: value if isinstance(value, str) else value.__name__,
    )
    def test_each_bias_is_caught(self, world: CheckedRule, judge: scripted_judges.Judge, kind: str) -> None:
        """A judge that is right but for one bias fails the probe of it, and no other one."""
        scripted_judges.serve(world.endpoint, judge)
        rows = world.rows()
        probes = ("length", "confidence", "request", "choices", "documents")
        assert {name: rows[name]["passed"] for name in ("cases", *probes)} == {
            name: name != kind for name in ("cases", *probes)
        }
        moved, trials = rows[kind]["numbers"]["moved"], rows[kind]["numbers"]["trials"]
        assert trials >= 2
        assert moved >= 0.5
        assert kind in rows["check"]["reason"]
        assert rows["check"]["passed"] is False

    def test_a_fickle_judge_is_caught(self, world: CheckedRule) -> None:
        """One that throws a coin flips, and its noise floor is that of a coin."""
        scripted_judges.serve(world.endpoint, scripted_judges.fickle)
        rows = world.rows("--repeats", 6)
        assert rows["repeats"]["passed"] is False
        assert rows["repeats"]["numbers"]["flips"] == 1
        assert rows["repeats"]["numbers"]["deviation"] == pytest.approx(0.5, abs=0.15)

    def test_a_lenient_judge_is_caught(self, world: CheckedRule) -> None:
        """One that finds no fault fails the cases, agrees with nobody, and cannot even be probed."""
        world.label(right=8, wrong=6)
        scripted_judges.serve(world.endpoint, scripted_judges.lenient)
        rows = world.rows()
        assert [kind for kind, row in rows.items() if row["passed"] is False] == [
            *("cases", "length", "confidence", "request", "agreement", "check")
        ]
        assert "case 3 expects bad, not 1, good" in rows["cases"]["reason"]
        assert rows["agreement"]["numbers"]["kappa"] == 0
        assert rows["agreement"]["numbers"]["sensitivity"] == 0

    def test_answers_that_are_no_verdicts_are_no_proof(self, world: CheckedRule) -> None:
        """A judge that talks instead of judging fails, with the reason."""
        world.endpoint.respond = lambda _: (200, {"choices": []})
        rows = world.rows()
        assert "parse_error" in rows["cases"]["reason"]
        assert "no verdicts" in rows["repeats"]["reason"]

    def test_without_labels_nothing_is_proven(self, world: CheckedRule) -> None:
        """However well a judge does in other ways."""
        rows = world.rows()
        assert [kind for kind, row in rows.items() if row["passed"] is False] == ["agreement", "check"]
        assert rows["agreement"]["reason"] == "0 of at least 10 labels; no labels of both sides"


class TestQuestions:
    """How often a judge is asked is known before, and limited."""

    def test_what_was_said_is_not_exceeded(self, world: CheckedRule) -> None:
        """The number that is announced is an upper bound, and here the very number."""
        world.label(right=4, wrong=4)
        result = world.check()
        announced = int(result.stderr.split("At most ")[1].split()[0])
        assert announced == len(world.endpoint.requests)
        assert f"{announced} of at most {announced} asked" in result.stderr

    def test_too_many_are_refused(self, world: CheckedRule) -> None:
        """Nothing is asked then; --yes asks them all the same."""
        result = world.check("--max-calls", 3)
        assert result.exit_code == 1
        assert "more than --max-calls 3: nothing was asked" in result.stderr
        assert world.endpoint.requests == []
        assert world.side.count("rule_checks") == 0
        world.check("--max-calls", 3, "--yes")
        assert world.side.count("rule_checks") > 0

    def test_every_question_is_in_the_books(self, world: CheckedRule) -> None:
        """Of the version that was checked, whether or not there is a budget, also before it has scored anything."""
        for change in (("check:", "budget: {calls_per_day: 1000}\n  check:"), ("budget: {calls_per_day: 1000}", "")):
            world.change(*change)
            world.check()
            status = json.loads(spanmill("rules", "status", "--clickhouse-url", world.url, "--json").stdout)
            assert sum(row["calls_today"] for row in status) == len(world.endpoint.requests) > 0
        assert world.side.count("judge_spend", "NOT IsSettled") == 0
        assert "calls today" in spanmill("rules", "status", "--clickhouse-url", world.url).stdout

    @pytest.mark.parametrize("budget", ["budget: {calls_per_day: 9}", "{usd_per_day: 1}"])
    def test_a_check_that_does_not_fit_its_budget_asks_nothing(self, world: CheckedRule, budget: str) -> None:
        """Nor one in money of a model without a price; the sentence names rule, cap, what was spent, and what helps."""
        world.change("check:", f"budget: {budget.removeprefix('budget: ')}\n  check:")
        result = world.check()
        assert (result.exit_code, world.endpoint.requests, world.side.count("rule_checks")) == (1, [], 0)
        assert result.stderr.splitlines()[-1].startswith("Error: Rule 'right' cannot be checked: ")
        if "calls" in budget:
            assert "questions are more than the 9 calls a day of rule 'right' leave room for; 0 calls" in result.stderr
        assert "raise the budget" in result.stderr

    def test_a_budget_that_others_use_up_ends_a_check(self, world: CheckedRule) -> None:
        """What was asked is paid for, and nothing is stored."""
        world.change("check:", "budget: {calls_per_day: 200}\n  check:")
        world.label(right=10, wrong=10)
        respond = world.endpoint.respond

        def spent_meanwhile(request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
            if len(world.endpoint.requests) == 1:
                now = datetime.now(UTC)
                spend.insert(world.store, [SpendRow("default", now.date(), "right", "x", "1", now, 130, 0, True)])
            return respond(request)

        world.endpoint.respond = spent_meanwhile
        result = world.check()
        assert (result.exit_code, world.side.count("rule_checks")) == (1, 0)
        assert "the 200 calls a day of rule 'right' are used up; " in result.stderr
        assert "Nothing was stored" in result.stderr
        spent = spend.of_day(world.store, datetime.now(UTC).date())
        assert sum(one.calls for one in spent.values()) == 130 + len(world.endpoint.requests) <= 200

    def test_an_endpoint_that_is_away_leaves_no_trace(self, world: CheckedRule) -> None:
        """That nobody answered says nothing of the judge."""
        world.endpoint.respond = lambda _: (500, {})
        result = world.check()
        assert result.exit_code == 1
        assert "'right' cannot be checked: judge scripted answered HTTP 500" in result.stderr
        assert world.side.count("rule_checks") == 0

    def test_what_was_scored_is_not_asked_again(self, world: CheckedRule) -> None:
        """Labelled targets that the version has scored count as scored."""
        world.label(right=7, wrong=5)
        world.side.turn()
        asked = len(world.endpoint.requests)
        rows = world.rows("--targets", 1, "--probes", 1)
        assert rows["agreement"]["numbers"]["labels"] == 12
        assert len(world.endpoint.requests) - asked == rows["check"]["numbers"]["calls"] < 25

    @pytest.mark.parametrize(
        ("name", "sentence"),
        [("rihgt", "There is no rule 'rihgt' in .*: did you mean 'right'?"), ("x", "known are right")],
    )
    def test_an_unknown_rule_is_named(self, world: CheckedRule, name: str, sentence: str) -> None:
        """With the nearest one there is."""
        result = spanmill("rules", "check", name, "--rules", world.side.path, "--clickhouse-url", world.url)
        assert result.exit_code == 1
        assert re.search(sentence, result.stderr)

    def test_a_rule_that_was_never_checked_is_named(self, world: CheckedRule) -> None:
        """Where its last check is asked for."""
        result = world.check("--last")
        assert result.exit_code == 1
        assert "was never checked" in result.stderr
