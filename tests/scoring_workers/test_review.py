import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from spanmill.cli import main
from spanmill_scoring.rules.files import RuleBook
from spanmill_store import review_queue
from spanmill_store.client import Store
from spanmill_store.review_queue import InvalidVerdict, Verdict
from support.routing import Routing

pytestmark = pytest.mark.clickhouse

RULES = """
rules:
- name: r
  description: Was it right?
  sql: '1'
  flag: {below: 1}
  routes: [review]
- name: j
  judge:
    {model: m, api_key_env: null, rubric: 'Is {{output}} right?', choices: {good: 1, partly: 0.5, bad: 0},
      unsure: [partly]}
"""


@pytest.fixture
def routing(store: Store, write_rules: Callable[[str], Path]) -> Routing:
    """Routes on rules that ask people."""
    return Routing(store, write_rules(RULES))


def human_scores(store: Store) -> list[tuple[object, ...]]:
    """What people have said."""
    rows = store.select(
        "SELECT TraceId, Name, Value, Label, Rationale, Reviewer, Rule FROM scores FINAL"
        " WHERE Source = 'human' ORDER BY Reviewer"
    )
    return [tuple(row.values()) for row in rows]


class TestQueue:
    """What rules find doubtful waits for people."""

    def test_what_is_flagged_waits_with_instructions(self, routing: Routing) -> None:
        """One item for a target, however often it is flagged, and by which version."""
        [trace] = routing.flag(reason="hm")
        assert (routing.look(), routing.look()) == (1, 0)
        routing.flag(traces=[trace], version="2")
        routing.look()
        [item] = review_queue.listed(routing.store)
        assert (item.trace_id, item.why, item.instructions, item.reason) == (trace, "flagged", "Was it right?", "")

    def test_an_ambiguous_verdict_waits_with_the_rubric(self, routing: Routing) -> None:
        """Of a judge that names such verdicts; others do not."""
        routing.score(1, rule="j", label="good", source="judge")
        [trace] = routing.score(0.5, rule="j", label="partly", source="judge")
        assert routing.look() == 1
        [item] = review_queue.listed(routing.store)
        assert (item.trace_id, item.why, item.reason) == (trace, "unsure", "because")
        assert (item.instructions, item.choices) == ("Is {{output}} right?", {"good": 1, "partly": 0.5, "bad": 0})

    def test_instructions_of_the_route_come_first(self, store: Store, write_rules: Callable[[str], Path]) -> None:
        """Where the rule says what to look at."""
        text = RULES.replace("routes: [review]", "routes: [{review: {instructions: Look twice.}}]")
        routing = Routing(store, write_rules(text))
        routing.flag()
        routing.look()
        assert [item.instructions for item in review_queue.listed(store)] == ["Look twice."]

    def test_a_withdrawn_flag_takes_its_item_away(self, routing: Routing) -> None:
        """And a later flag brings it back."""
        [trace] = routing.flag()
        routing.look()
        for is_withdrawn, state in ((True, "withdrawn"), (False, "open")):
            routing.wait(1)
            routing.flag(traces=[trace], is_withdrawn=is_withdrawn)
            routing.look()
            assert [item.state for item in review_queue.listed(routing.store, state="")] == [state]

    def test_nobody_is_given_more_than_he_can_do(self, store: Store, write_rules: Callable[[str], Path]) -> None:
        """So many open items of a rule."""
        routing = Routing(store, write_rules(RULES.replace("[review]", "[{review: {max_open: 3}}]")))
        routing.flag(10)
        routing.look()
        assert len(review_queue.listed(store)) == 3

    def test_unsure_names_choices(self, load_rules: Callable[[str], RuleBook]) -> None:
        """A verdict that the judge cannot give is a mistake."""
        [problem] = load_rules(RULES.replace("[partly]", "[perhaps]")).problems
        assert "unsure names 'perhaps', which is no choice: choose from good, partly, bad" in problem.text


class TestVerdicts:
    """What a person says is a score, and closes the item."""

    def test_a_verdict_is_stored_once(self, routing: Routing) -> None:
        """Closing it again changes nothing, whoever tries."""
        [trace] = routing.score(0.5, rule="j", label="partly", source="judge")
        routing.look()
        [item] = review_queue.listed(routing.store)
        now = datetime.now(UTC)
        assert review_queue.close(routing.store, item, Verdict("anna", "bad", comment="made up"), now)
        after = review_queue.item(routing.store, item.item_id)
        assert not review_queue.close(routing.store, after, Verdict("bert", "good"), now)
        assert human_scores(routing.store) == [(trace, "j", 0.0, "bad", "made up", "anna", "")]
        assert (after.state, after.who) == ("done", "anna")
        assert review_queue.listed(routing.store) == []

    def test_what_is_done_does_not_come_back(self, routing: Routing) -> None:
        """Though its target is flagged again."""
        [trace] = routing.flag()
        routing.look()
        [item] = review_queue.listed(routing.store)
        review_queue.close(routing.store, item, Verdict("anna", value=1), datetime.now(UTC))
        routing.wait(100)
        routing.flag(traces=[trace])
        assert routing.look() == 0
        assert [one.state for one in review_queue.listed(routing.store, state="")] == ["done"]

    @pytest.mark.parametrize(
        ("verdict", "reason"),
        [
            (Verdict("anna"), "needs a label or a value"),
            (Verdict("", "good"), "Nobody is named"),
            (Verdict("anna", "god"), "did you mean 'good'?"),
        ],
    )
    def test_a_verdict_that_is_none_is_refused(self, routing: Routing, verdict: Verdict, reason: str) -> None:
        """And the item stays open."""
        routing.score(0.5, rule="j", label="partly", source="judge")
        routing.look()
        [item] = review_queue.listed(routing.store)
        with pytest.raises(InvalidVerdict, match=reason):
            review_queue.close(routing.store, item, verdict, datetime.now(UTC))
        assert len(review_queue.listed(routing.store)) == 1
        assert human_scores(routing.store) == []


class TestCommands:
    """``spanmill review`` and ``spanmill routes``."""

    @pytest.fixture
    def spanmill(self, database_url: str) -> Callable[..., Result]:
        """Run a command on the test's database."""
        return lambda *arguments: CliRunner().invoke(main, [*arguments, "--clickhouse-url", database_url])

    def test_judging_from_the_terminal(self, routing: Routing, spanmill: Callable[..., Result]) -> None:
        """List, show, judge by the beginning of the id, and see that it is done."""
        [trace] = routing.score(0.5, rule="j", label="partly", source="judge")
        routing.look()
        (row,) = json.loads(spanmill("review", "list", "--json").output)
        assert (row["trace_id"], row["choices"]) == (trace, {"good": 1, "partly": 0.5, "bad": 0})
        short = row["item_id"][:12]
        assert short in spanmill("review", "list", "--rule", "j").output
        assert "instructions: Is {{output}} right?" in spanmill("review", "show", short).output
        done = ("review", "done", short, "--who", "anna", "--label", "good")
        assert spanmill(*done).output == f"Item {short} is done.\n"
        assert spanmill(*done).output == f"Item {short} was done before, by anna: nothing has changed.\n"
        assert [line[2:6] for line in human_scores(routing.store)] == [(1.0, "good", "", "anna")]
        assert json.loads(spanmill("review", "list", "--json").output) == []

    def test_an_unknown_item_is_one_sentence(self, routing: Routing, spanmill: Callable[..., Result]) -> None:
        """With the remedy; so is a beginning that several have."""
        routing.flag(40)
        routing.look()
        for key, how in (("zz", "There is no item 'zz'"), ("", "There is no item ''")):
            result = spanmill("review", "done", key, "--label", "x")
            assert result.exit_code == 1
            assert how in result.output
        several = {item.item_id[0] for item in review_queue.listed(routing.store)}
        result = spanmill("review", "show", min(several, key=lambda key: -_beginning(routing, key)))
        assert "There are several items" in result.output

    def test_routes_tell_how_they_do(
        self, store: Store, write_rules: Callable[[str], Path], spanmill: Callable[..., Result]
    ) -> None:
        """Messages by route, and alerts with their history."""
        told = "alert: {below: 1, min_count: 1}, routes: [{slack: {url_env: NO_SLACK}}]"
        rule = f"{{name: r, sql: '1', flag: {{below: 1}}, {told}}}"
        routing = Routing(store, write_rules(f"rules: [{rule}]"))
        routing.flag()
        routing.score(0)
        routing.watch()
        routing.turn()
        (row,) = json.loads(spanmill("routes", "status", "--json").output)
        assert (row["route"], row["pending"]) == ("slack NO_SLACK", 2)
        assert "NO_SLACK is not set" in spanmill("routes", "status").output
        (row,) = json.loads(spanmill("routes", "alerts", "--json").output)
        assert (row["rule"], row["state"], row["value"]) == ("r", "firing", 0)
        assert "firing" in spanmill("routes", "alerts", "--history").output


def _beginning(routing: Routing, key: str) -> int:
    return sum(item.item_id.startswith(key) for item in review_queue.listed(routing.store))
