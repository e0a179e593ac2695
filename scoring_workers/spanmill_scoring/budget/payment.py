"""Asking a judge about a batch within its budget: admit, ask, keep, settle."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from spanmill_scoring.budget.estimates import most
from spanmill_scoring.budget.purse import Purse
from spanmill_scoring.judge.keeping import Keep, Origin, keep
from spanmill_scoring.outcomes import Failure, Outcome
from spanmill_scoring.rules.loaded import LoadedRule
from spanmill_store.client import Store
from spanmill_store.prices.lookup import NoPrice
from spanmill_store.spend import Spent
from spanmill_store.targets import Target, TargetId

if TYPE_CHECKING:
    from spanmill_scoring.judge.scorer import Judged


@dataclass(frozen=True, slots=True)
class Verdicts:
    """
    What came of a batch.

    Attributes:
        outcomes: Of those that were asked about, or that the budget refused; the others go on waiting.
        origins: Where the scores come from.
    """

    outcomes: dict[TargetId, Outcome] = field(default_factory=dict)
    origins: dict[TargetId, Origin] = field(default_factory=dict)


Ask = Callable[[Mapping[TargetId, Target]], Mapping[TargetId, "Judged"]]


def judged(
    store: Store,
    loaded: LoadedRule,
    found: Mapping[TargetId, Target],
    clock: Callable[[], datetime],
    ask: Ask,
    keep: Keep = keep,
) -> Verdicts:
    """Return what *ask* says of those of *found* that the budgets allow; calls are paid for, and *keep* gets them."""
    if not found:
        return Verdicts()
    try:
        prices = most(store, loaded, found, clock().astimezone(UTC).date())
    except NoPrice as error:
        refused = Failure("budget", f"its budget is in money: {error}")
        return Verdicts(dict.fromkeys(found, refused))
    purse = Purse(store, loaded, clock)
    admission = purse.admit(prices)
    answers = ask({target: found[target] for target in admission.admitted})
    calls = {target: one.call for target, one in answers.items() if one.call is not None}
    origins = keep(store, loaded, calls)
    paid = {
        target: Spent(call.requests, _paid(origins[target].cost_usd, prices[target])) for target, call in calls.items()
    }
    purse.settle(dict.fromkeys(admission.admitted, Spent()) | paid)
    outcomes: dict[TargetId, Outcome] = {target: one.outcome for target, one in answers.items()}
    return Verdicts({**admission.refused, **outcomes}, origins)


def _paid(cost_usd: float | None, reserved: Spent) -> float:
    """What a call cost; where the endpoint does not count tokens, the most that it can have cost."""
    return reserved.usd if cost_usd is None else cost_usd
