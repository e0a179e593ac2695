"""Checks pay for what they ask a judge out of the budget of its rule, as workers do."""

from collections.abc import Mapping
from functools import partial

from spanmill_scoring.budget.caps import caps_of
from spanmill_scoring.budget.estimates import most_requests
from spanmill_scoring.budget.payment import judged
from spanmill_scoring.judge.keeping import only_priced
from spanmill_scoring.outcomes import Failure, Outcome
from spanmill_scoring.rules.loaded import LoadedRule
from spanmill_scoring.scoring import Bench, by_judge
from spanmill_store import spend
from spanmill_store.errors import SpanmillError
from spanmill_store.spend import Spent
from spanmill_store.targets import Target, TargetId

NO_PROJECT = ""
"""Cases and changed texts belong to none, and pay as one of their own."""


class BudgetReached(SpanmillError):
    """What the judge of a rule may cost a day does not suffice for a check."""


def require_room(bench: Bench, loaded: LoadedRule, questions: int) -> None:
    """
    See that there is room for so many questions before the first one is asked.

    Raises:
        BudgetReached: There is not.
    """
    if loaded.rule.judge is None:
        return
    # The last one reserves as much as any, though most take one request.
    wanted = Spent(questions - 1 + most_requests(loaded.rule.judge))
    for cap in caps_of(loaded, NO_PROJECT, spend.of_day(bench.store, bench.clock().date())):
        if cap.refusal(wanted) is not None:
            reason = f"{questions} questions are more than the {cap.limits} a day of {cap.whose} leave room for"
            raise BudgetReached(_sentence(loaded, f"{reason}; {cap.state}", "Nothing was asked"))


def paid(bench: Bench, loaded: LoadedRule, found: Mapping[TargetId, Target]) -> dict[TargetId, Outcome]:
    """
    Return what the judge of *loaded* says of *found*, paid for and kept nowhere.

    Raises:
        BudgetReached: Some of them cannot be paid for today.
    """
    judge, outcomes, left = loaded.rule.judge, dict[TargetId, Outcome](), dict(found)
    if judge is None:
        return outcomes
    while left:
        verdicts = judged(bench.store, loaded, left, bench.clock, partial(by_judge, bench, judge), only_priced)
        for target, one in verdicts.outcomes.items():
            if isinstance(one, Failure) and one.state == "budget":
                raise _reached(bench, loaded, target.project, one.reason)
        if not verdicts.outcomes:
            raise _reached(bench, loaded, next(iter(left)).project, "others have reserved what is left")
        outcomes |= verdicts.outcomes
        # A batch reserves the most that it can cost: near a cap few fit at a time, and more when these have settled.
        left = {target: seen for target, seen in left.items() if target not in outcomes}
    return outcomes


def _reached(bench: Bench, loaded: LoadedRule, project: str, reason: str) -> BudgetReached:
    spent = spend.of_day(bench.store, bench.clock().date())
    states = ", ".join(cap.state for cap in caps_of(loaded, project, spent))
    return BudgetReached(_sentence(loaded, f"{reason}; {states}", "Nothing was stored"))


def _sentence(loaded: LoadedRule, reason: str, outcome: str) -> str:
    return (
        f"Rule {loaded.name!r} cannot be checked: {reason}. {outcome}: raise the budget, ask less "
        "(--targets, --labels, --probes), or check again tomorrow, in UTC."
    )
