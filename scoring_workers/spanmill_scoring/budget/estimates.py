"""What asking about a target can cost at most, in requests and in money."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from spanmill_scoring.judge.prompt import prompt_for
from spanmill_scoring.rules.judges import Judge
from spanmill_scoring.rules.loaded import LoadedRule
from spanmill_store.client import Store
from spanmill_store.prices.of_models import ModelPrices
from spanmill_store.prices.price import Tokens
from spanmill_store.spend import Spent
from spanmill_store.targets import Target, TargetId

CHANGES_OF_MANNER: Final = 3
"""Requests that a server may refuse because of their form, before it is known how to ask it: two forms, one name."""

MAX_OUTPUT_TOKENS: Final = 4096
"""Of an answer where the judge has no ``max_tokens``: a verdict with its rationale takes a tenth of this."""


def most(store: Store, loaded: LoadedRule, found: Mapping[TargetId, Target], day: date) -> dict[TargetId, Spent]:
    """
    Return what each target can cost at most; money only where a budget is in money.

    Raises:
        NoPrice: A budget is in money, and nobody knows what the model costs.
    """
    judge = loaded.rule.judge
    if judge is None:
        return {}
    requests = most_requests(judge)
    if not _counts_money(loaded):
        return dict.fromkeys(found, Spent(requests))
    prices = ModelPrices(store)
    output = judge.max_tokens or MAX_OUTPUT_TOKENS

    def most_of(target: Target) -> Spent:
        tokens = Tokens(input=_most_tokens(judge, target), output=output)
        return Spent(requests, requests * prices.cost(judge.provider, judge.model, day, tokens))

    return {id_: most_of(target) for id_, target in found.items()}


def most_requests(judge: Judge) -> int:
    """Return how many requests one question can take."""
    return 1 + judge.retries + CHANGES_OF_MANNER


def _counts_money(loaded: LoadedRule) -> bool:
    budgets = (loaded.rule.budget, loaded.project_budget)
    return any(budget is not None and budget.usd_per_day is not None for budget in budgets)


def _most_tokens(judge: Judge, target: Target) -> int:
    """Of the question: a token is a byte at least."""
    prompt = prompt_for(judge, target)
    return len(prompt.system.encode()) + len(prompt.user.encode())
