"""Caps on what judges cost in a day, in UTC, and whether something still fits under them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from spanmill_scoring.rules.loaded import LoadedRule
from spanmill_scoring.rules.model import Budget
from spanmill_store.spend import Payer, Spent


@dataclass(frozen=True, slots=True)
class Cap:
    """
    What may be spent in a day (UTC) by one rule, or in one project.

    Attributes:
        whose: As an error calls it: ``rule 'r'`` or ``project 'p'``.
    """

    whose: str
    budget: Budget
    spent: Spent

    def refusal(self, wanted: Spent) -> str | None:
        """Why *wanted* does not fit any more, as a clause, or None if it does."""
        calls, usd = self.budget.calls_per_day, self.budget.usd_per_day
        if calls is not None and self.spent.calls + wanted.calls > calls:
            return f"the {calls:,} calls a day of {self.whose} are used up"
        if usd is not None and self.spent.usd + wanted.usd > usd:
            return f"the ${usd:,.2f} a day of {self.whose} are used up"
        return None

    @property
    def limits(self) -> str:
        """As a clause."""
        calls, usd = self.budget.calls_per_day, self.budget.usd_per_day
        parts = ("" if calls is None else f"{calls:,} calls", "" if usd is None else f"${usd:,.2f}")
        return " and ".join(filter(None, parts))

    @property
    def state(self) -> str:
        """What is spent or reserved, as a clause."""
        return f"{self.spent.calls:,} calls and ${self.spent.usd:,.2f} of {self.whose} are spent or reserved"

    @property
    def used(self) -> float:
        """The larger of the two shares that are used up, 1 where all is."""
        calls, usd = self.budget.calls_per_day, self.budget.usd_per_day
        by_calls = 0.0 if calls is None else self.spent.calls / calls if calls else 1.0
        by_usd = 0.0 if usd is None else self.spent.usd / usd if usd else 1.0
        return min(1.0, max(by_calls, by_usd))


def caps_of(loaded: LoadedRule, project: str, spent: Mapping[Payer, Spent]) -> Iterator[Cap]:
    """Give the caps on what *loaded* spends in *project*, after what was *spent* today."""
    if (own := loaded.rule.budget) is not None:
        yield Cap(f"rule {loaded.name!r}", own, _total(spent, rule=loaded.name))
    if loaded.project_budget is not None:
        whose = f"project {project!r}" if project else "what belongs to no project"
        yield Cap(whose, loaded.project_budget, _total(spent, project=project))


def _total(spent: Mapping[Payer, Spent], *, project: str | None = None, rule: str | None = None) -> Spent:
    total = Spent()
    for payer, one in spent.items():
        if project in (None, payer.project) and rule in (None, payer.rule):
            total = total.plus(one)
    return total
