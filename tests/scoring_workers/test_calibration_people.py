"""A rule is held against what people say, overall, by segment, and for how much is really bad; any scorer is."""

import json

import pytest

from support import scripted_judges
from support.checked_rule import CASES, RIGHT, WRONG, CheckedRule

pytestmark = [pytest.mark.clickhouse, pytest.mark.redis]


class TestPeople:
    """What people say is what a rule is held against."""

    def test_the_numbers_are_those_of_the_labels(self, world: CheckedRule) -> None:
        """What the judge missed and what it blamed in vain, with intervals."""
        targets = world.label(right=8, wrong=6)
        world.say(targets[0], 0.0)
        world.say(targets[-1], 1.0)
        numbers = world.rows()["agreement"]["numbers"]
        counts = {name: numbers[name] for name in ("found", "missed", "false_alarms", "cleared")}
        assert counts == {"found": 5, "missed": 1, "false_alarms": 1, "cleared": 7}
        assert numbers["sensitivity"] == pytest.approx(5 / 6)
        assert numbers["specificity"] == pytest.approx(7 / 8)
        assert numbers["kappa_low"] < numbers["kappa"] < numbers["kappa_high"]

    def test_the_majority_counts(self, world: CheckedRule) -> None:
        """Where as many say one as the other, nothing is known; comments are no verdicts."""
        decided, tied, commented = (world.traces.turn(answer=WRONG) for _ in range(3))
        for who, value in (("a", 0.0), ("b", 0.0), ("c", 1.0)):
            world.say(decided, value, who=who)
        world.say(tied, 0.0, who="a")
        world.say(tied, 1.0, who="b")
        world.say(commented, None, "hm")
        numbers = world.rows()["agreement"]["numbers"]
        assert (numbers["found"], numbers["labels"], numbers["undecided"], numbers["unused"]) == (1, 1, 1, 1)

    def test_words_and_other_scales_are_understood(self, world: CheckedRule) -> None:
        """`good` and `bad` in words, a score of another name, stars, and a label on the root span of the trace."""
        world.change("min_labels: 10", "min_labels: 10, truth: stars, truth_below: 3")
        right, wrong = world.traces.turn(answer=RIGHT), world.traces.turn(answer=WRONG)
        world.say(right, 5.0, name="stars")
        world.say(wrong._replace(span_id="root" + wrong.trace_id[:12]), 2.0, name="stars")
        world.say(world.traces.turn(answer=WRONG), None, "bad", name="stars")
        world.say(right._replace(span_id="elsewhere"), 1.0, name="stars")
        numbers = world.rows()["agreement"]["numbers"]
        assert (numbers["found"], numbers["cleared"], numbers["labels"], numbers["unused"]) == (2, 1, 3, 1)

    def test_a_segment_in_which_it_fails_is_seen(self, world: CheckedRule) -> None:
        """A judge that agrees overall and is surely lost with one model has not passed."""

        def said(question: scripted_judges.Question) -> bool:
            return question.is_wrong != ("!" in question.answer)

        scripted_judges.serve(world.endpoint, said)
        world.labelled({RIGHT: 25, WRONG: 25}, model="old")
        world.labelled({f"{RIGHT}!": 5, f"{WRONG}!": 5}, model="new")
        result = world.check("--json", "--probes", 1, "--targets", 1)
        rows = {row["segment"]: row for row in json.loads(result.stdout) if row["kind"] == "agreement"}
        assert rows.keys() == {"", "Model=new", "Model=old"}
        assert rows[""]["passed"] is True
        assert rows["Model=old"]["numbers"]["kappa"] == 1
        assert rows["Model=new"]["numbers"]["kappa"] == -1
        assert rows["Model=new"]["reason"] == "kappa is surely below 0.6"
        assert result.exit_code == 1

    def test_the_rate_is_corrected(self, world: CheckedRule) -> None:
        """What the judge calls bad of all traffic, and what is bad if it errs as it did on the labels."""
        labelled = world.label(right=20, wrong=20)
        for target in labelled[:2]:
            world.say(target, 0.0)
        world.side.turn()
        numbers = world.rows("--probes", 1, "--targets", 1)["rate"]["numbers"]
        sensitivity, specificity = 20 / 22, 1.0
        assert numbers["called_bad"] == 0.5
        assert numbers["bad"] == pytest.approx((0.5 + specificity - 1) / (sensitivity + specificity - 1))
        assert 0 <= numbers["bad_low"] < numbers["bad"] < numbers["bad_high"] <= 1


class TestOtherScorers:
    """Any rule can be measured."""

    def test_a_scorer_in_python(self, world: CheckedRule) -> None:
        """It is asked as a judge is, and nothing is announced, for it costs nothing."""
        world.side.path.write_text(
            "rules:\n- name: right\n  python: scorers:score\n  flag: {below: 0.5}\n  check: {min_labels: 10}\n" + CASES
        )
        module = "def score(target): return 0.0 if 'seven' in target.output else 1.0\n"
        world.side.path.with_name("scorers.py").write_text(module)
        world.label(right=8, wrong=6)
        result = world.check("--max-calls", 0)
        assert result.exit_code == 0, result.output
        assert "questions" not in result.stderr

    def test_a_scorer_in_sql(self, world: CheckedRule) -> None:
        """It is held against labels alone: it reads stored traces only, and repeats itself."""
        world.side.path.write_text(
            "rules:\n- name: right\n  sql: if(Output LIKE '%seven%', 0, 1)\n  flag: {below: 0.5}\n"
            "  check: {min_labels: 10}\n"
        )
        world.label(right=8, wrong=6)
        rows = world.rows()
        assert rows.keys() == {"agreement", "rate", "check"}
        assert rows["agreement"]["numbers"]["kappa"] == 1
        assert rows["check"]["passed"] is True

    def test_a_rule_without_sides_is_refused(self, world: CheckedRule) -> None:
        """Nobody can say whether it is right before it says what is bad."""
        world.side.path.write_text("rules:\n- {name: right, python: 'scorers:score'}\n")
        world.side.path.with_name("scorers.py").write_text("def score(target): return 1.0\n")
        result = world.check()
        assert result.exit_code == 1
        assert "'right' does not say which scores are bad: give it a flag" in result.stderr
