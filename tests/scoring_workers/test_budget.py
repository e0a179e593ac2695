"""Caps on what judges cost: never passed, approached by sampling less, and no concern of other rules."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis

from spanmill_scoring.budget.pace import LEAST_SHARE, Pace, next_share
from spanmill_scoring.budget.purse import Purse
from spanmill_scoring.rules.files import load
from spanmill_scoring.rules.loaded import LoadedRule
from spanmill_store import scores, spend
from spanmill_store.client import Store
from spanmill_store.spend import Payer, SpendRow, Spent
from spanmill_store.targets import TargetId
from support.judge_endpoint import answer, judge_endpoint
from support.scoring import ScoringSide
from support.traces import TraceWriter

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
DAY = NOON.date()
GOOD = '{"rationale": "", "choice": "good"}'
USAGE = {"prompt_tokens": 900, "completion_tokens": 40, "total_tokens": 940}
JUDGE = "judge: {model: m, rubric: '{{output}}', choices: {good: 1, bad: 0}}"


@pytest.fixture
def rule(write_rules: Callable[[str], Path]) -> Callable[[str, str], LoadedRule]:
    """Make a rule with these budgets, of itself and of its file."""

    def made(own: str = "", project: str = "") -> LoadedRule:
        budget = f"  budget: {own}\n" if own else ""
        head = f"budget: {project}\n" if project else ""
        return load(write_rules(f"{head}rules:\n- name: r\n  {JUDGE}\n{budget}")).rules["r"]

    return made


Rule = Callable[..., LoadedRule]


def targets(count: int, project: str = "default") -> list[TargetId]:
    """So many targets."""
    return [TargetId(project, f"{number:032x}") for number in range(count)]


def entered(
    calls: int, usd: float = 0, *, rule: str = "r", project: str = "default", is_settled: bool = True
) -> SpendRow:
    """A batch that was entered before."""
    return SpendRow(project, DAY, rule, f"{rule} {project} {is_settled}", "1", NOON, calls, usd, is_settled)


class TestPurse:
    """What one batch may cost."""

    def purse(self, store: Store, loaded: LoadedRule) -> Purse:
        """A new batch at noon."""
        return Purse(store, loaded, lambda: NOON)

    @pytest.mark.clickhouse
    def test_as_many_are_admitted_as_fit(self, store: Store, rule: Rule) -> None:
        """The others wait until it is settled, and are refused when that leaves no room for them."""
        loaded = rule("{calls_per_day: 7}")
        purse = self.purse(store, loaded)
        admission = purse.admit(dict.fromkeys(targets(4), Spent(3)))
        assert (admission.admitted, admission.refused) == (targets(4)[:2], {})
        assert spend.of_day(store, DAY) == {Payer("default", "r"): Spent(6)}
        purse.settle(dict.fromkeys(admission.admitted, Spent(3)))
        left = targets(4)[2:]
        admission = self.purse(store, loaded).admit(dict.fromkeys(left, Spent(3)))
        assert set(admission.refused) == set(left)
        assert admission.refused[left[0]].reason == "the 7 calls a day of rule 'r' are used up"

    @pytest.mark.clickhouse
    def test_what_was_not_needed_is_given_back(self, store: Store, rule: Rule) -> None:
        """Once a batch is settled it counts with what it did cost."""
        loaded = rule("{calls_per_day: 10}")
        purse = self.purse(store, loaded)
        purse.admit(dict.fromkeys(targets(3), Spent(3)))
        purse.settle(dict.fromkeys(targets(3), Spent(1, 0.5)))
        assert spend.of_day(store, DAY) == {Payer("default", "r"): Spent(3, 1.5)}
        assert self.purse(store, loaded).admit(dict.fromkeys(targets(2), Spent(3))).admitted == targets(2)

    @pytest.mark.clickhouse
    def test_what_others_have_only_reserved_is_waited_for(self, store: Store, rule: Rule) -> None:
        """They may settle for less; what is settled does not come back."""
        loaded = rule("{calls_per_day: 10}")
        spend.insert(store, [entered(9, is_settled=False)])
        admission = self.purse(store, loaded).admit(dict.fromkeys(targets(1), Spent(3)))
        assert (admission.admitted, admission.refused) == ([], {})
        spend.insert(store, [entered(8)])
        assert set(self.purse(store, loaded).admit(dict.fromkeys(targets(1), Spent(3))).refused) == set(targets(1))

    @pytest.mark.clickhouse
    def test_without_a_cap_only_what_it_did_cost_is_entered(self, store: Store, rule: Rule) -> None:
        """So that the books are whole for other rules of the project; who asks nothing writes nothing."""
        purse = self.purse(store, rule())
        assert purse.admit(dict.fromkeys(targets(2), Spent(3))).admitted == targets(2)
        assert spend.of_day(store, DAY) == {}
        purse.settle(dict.fromkeys(targets(1), Spent(2, 0.5)) | {TargetId("other", "x"): Spent()})
        assert spend.of_day(store, DAY) == {Payer("default", "r"): Spent(2, 0.5)}

    @pytest.mark.clickhouse
    def test_money_of_a_project_is_shared_by_its_rules_alone(self, store: Store, rule: Rule) -> None:
        """What other projects spend does not count, what other rules of the project spend does."""
        loaded = rule(project="{usd_per_day: 1.5}")
        spend.insert(store, [entered(1, 9, project="other"), entered(1, 1, rule="other")])
        wanted = dict.fromkeys([*targets(1), *targets(1, "other"), *targets(1, "third")], Spent(1, 0.75))
        admission = self.purse(store, loaded).admit(wanted)
        assert admission.admitted == targets(1, "third")
        assert admission.refused[targets(1)[0]].reason == "the $1.50 a day of project 'default' are used up"

    @pytest.mark.clickhouse
    def test_batches_that_ask_at_the_same_time_stay_under_the_cap(self, store: Store, rule: Rule) -> None:
        """In whatever order they reserve, ask and settle, or die."""
        loaded, chosen = rule("{calls_per_day: 100}"), random.Random(7)
        open_ones: list[tuple[Purse, list[TargetId]]] = []
        asked = 0
        for _ in range(40):
            purse = self.purse(store, loaded)
            admitted = purse.admit(dict.fromkeys(targets(chosen.randint(1, 9)), Spent(3))).admitted
            open_ones.append((purse, admitted))
            asked += 3 * len(admitted)  # A worker may use all that it has reserved.
            assert sum(spent.calls for spent in spend.of_day(store, DAY).values()) <= 100
            if chosen.random() < 0.5:
                settled, which = open_ones.pop(chosen.randrange(len(open_ones)))
                settled.settle(dict.fromkeys(which, Spent(2)))
                asked -= len(which)
            assert asked <= 100
        assert asked > 80


@pytest.mark.clickhouse
@pytest.mark.redis
class TestScoring:
    """A judge that costs."""

    RULE = """
    rules:
    - name: r
      budget: BUDGET
      judge:
        {model: MODEL, base_url: '${JUDGE}', api_key_env: null, retries: 0, rubric: '{{output}}',
         choices: {good: 1, bad: 0}}
    - {name: free, sql: '1'}
    """

    @pytest.fixture
    def start(
        self, store: Store, valkey: Redis, write_rules: Callable[[str], Path]
    ) -> Iterator[Callable[[str, str], ScoringSide]]:
        """Start the scoring side with this budget, on a judge that finds everything good."""
        with judge_endpoint() as endpoint:
            endpoint.respond = lambda request: (200, {**answer(GOOD, USAGE), "model": request["model"]})

            def started(budget: str, model: str = "gpt-5-mini") -> ScoringSide:
                text = dedent(self.RULE).replace("BUDGET", budget).replace("MODEL", model)
                return ScoringSide(store, valkey, write_rules(text), {"JUDGE": endpoint.url})

            yield started

    def test_calls_stop_at_the_cap_and_other_rules_go_on(
        self, start: Callable[..., ScoringSide], traces: TraceWriter
    ) -> None:
        """What is left has the state budget, and each call is in the books."""
        side = start("{calls_per_day: 10}")
        traces.turns(12)
        total: Counter[str] = Counter()
        for _ in range(12):
            total += side.turn()
        states = Counter(state for state, _ in side.states("r").values())
        assert states["scored"] + states["budget"] == 12
        assert 7 <= states["scored"] <= 10
        assert side.status("free").scored == 12
        [spent] = spend.of_day(side.store, datetime.now(UTC).date()).values()
        assert spent.calls == states["scored"]

    def test_a_model_without_a_price_is_not_asked_where_money_counts(
        self, start: Callable[..., ScoringSide], traces: TraceWriter
    ) -> None:
        """The reason names the remedy."""
        side = start("{usd_per_day: 1}", "nobody-knows-it")
        target = traces.turn()
        side.turn()
        state, reason = side.states("r")[target.trace_id]
        assert state == "budget"
        assert "nobody-knows-it" in reason
        assert "SPANMILL_PRICES" in reason
        assert spend.of_day(side.store, datetime.now(UTC).date()) == {}

    def test_money_is_counted_by_the_price_list(self, start: Callable[..., ScoringSide], traces: TraceWriter) -> None:
        """By the tokens that the endpoint counted."""
        side = start("{usd_per_day: 1}")
        traces.turn()
        side.turn()
        [spent] = spend.of_day(side.store, datetime.now(UTC).date()).values()
        [score] = scores.newest(side.store, rule="r")
        assert score.cost_usd is not None
        assert spent.calls == 1
        assert spent.usd == pytest.approx(score.cost_usd)


class TestPace:
    """Sampling that gives way before a cap is reached."""

    @pytest.mark.parametrize("demand", [0.5, 1.5, 10, 200])
    def test_a_day_is_looked_at_whole(self, demand: float) -> None:
        """Whatever would be asked about without a cap, the day's budget lasts until its end, and is used."""
        share, left, step_s = 1.0, 1.0, 60
        early = 0.0
        for at_s in range(0, 86_400, step_s):
            used = min(left, demand * share * step_s / 86_400)
            left -= used
            share = next_share(share, used, step_s, left, 86_400 - at_s - step_s)
            if at_s == 43_200:
                early = 1 - left
        assert early < 0.75
        assert 1 - left == pytest.approx(min(1, demand), abs=0.1)

    @given(st.floats(LEAST_SHARE, 1), st.floats(0, 1), st.floats(0, 86_400), st.floats(0, 1), st.floats(0, 86_400))
    def test_a_share_is_a_share(self, share: float, used: float, during_s: float, left: float, left_s: float) -> None:
        """Never none and never more than all, and it at most doubles."""
        found = next_share(share, used, during_s, left, left_s)
        assert LEAST_SHARE <= found <= 1
        assert found <= 2 * share

    @pytest.mark.clickhouse
    def test_a_rule_that_spends_too_fast_samples_less(self, store: Store, rule: Rule) -> None:
        """All its rates are lowered alike; one within its budget is left alone."""
        loaded = rule("{calls_per_day: 1000}")
        now = NOON
        pace = Pace(store, lambda: now)
        pace.refresh([loaded])
        assert pace.slowed(loaded) == loaded
        spend.insert(store, [entered(500)])
        now += timedelta(seconds=300)
        pace.refresh([loaded])
        assert pace.slowed(loaded).planned.rate == pytest.approx(300 / (43_200 - 300))
        now += timedelta(seconds=30)
        pace.refresh([loaded])
        assert pace.share("r") == pytest.approx(300 / (43_200 - 300))
        assert pace.share("another") == 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("rules:\n- {name: r, sql: '1', budget: {calls_per_day: 1}}", "budget is for rules with a judge"),
        (f"rules:\n- name: r\n  {JUDGE}\n  budget: {{}}", "budget needs usd_per_day or calls_per_day"),
        (f"rules:\n- name: r\n  {JUDGE}\n  budget: {{usd: 1}}", "known are usd_per_day, calls_per_day"),
        (f"budget: {{calls_per_day: -1}}\nrules:\n- name: r\n  {JUDGE}", "greater than or equal to 0"),
    ],
)
def test_a_budget_that_cannot_be_meant_is_a_mistake(
    write_rules: Callable[[str], Path], text: str, problem: str
) -> None:
    """One sentence says what is wrong."""
    assert any(problem in str(one) for one in load(write_rules(text)).problems)


def test_a_budget_is_no_part_of_the_version(rule: Rule) -> None:
    """What a rule may cost does not change what its scores say."""
    assert rule("{calls_per_day: 5}").version == rule().version
