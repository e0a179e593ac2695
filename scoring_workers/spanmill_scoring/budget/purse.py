"""
Paying for one batch: the most that it can cost is reserved before the judge is asked, and settled afterwards.

Whoever asks at the same time reserves too, and sees what all others have reserved, so that together they stay under the
caps. Near a cap they may get in each other's way: then the targets wait until the others have settled. Where nothing is
capped nothing is reserved either: only what it did cost comes into the books.
"""

import secrets
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from spanmill_scoring.budget.caps import caps_of
from spanmill_scoring.outcomes import Failure
from spanmill_scoring.rules.loaded import LoadedRule
from spanmill_store import spend
from spanmill_store.client import Store
from spanmill_store.spend import Payer, SpendRow, Spent
from spanmill_store.targets import TargetId


@dataclass(frozen=True, slots=True)
class Admission:
    """
    What may be asked about.

    Attributes:
        admitted: These are paid for.
        refused: These are not, today. Who is in neither goes on waiting: what is reserved may be settled for less.
    """

    admitted: list[TargetId]
    refused: dict[TargetId, Failure]


@dataclass(slots=True)
class Purse:
    """What one batch of *loaded* may cost."""

    store: Store
    loaded: LoadedRule
    clock: Callable[[], datetime]
    batch_id: str = field(default_factory=lambda: secrets.token_hex(16))
    _day: datetime | None = None

    def admit(self, wanted: Mapping[TargetId, Spent]) -> Admission:
        """Reserve what each target can cost at most, for as many as fit under the caps, in order."""
        self._day = self.clock().astimezone(UTC)
        if not self._is_capped:
            return Admission(list(wanted), {})
        self._enter(_by_project(wanted), is_settled=False)
        known, settled = spend.day_book(self.store, self._day.date(), but_batch=self.batch_id)
        admission = Admission([], {})
        own: dict[Payer, Spent] = {}
        for target, price in wanted.items():
            payer = Payer(target.project, self.loaded.name)
            if self._refusal(target.project, price, [known, own]) is None:
                own[payer] = own.get(payer, Spent()).plus(price)
                admission.admitted.append(target)
            elif (reason := self._refusal(target.project, price, [settled])) is not None:
                admission.refused[target] = Failure("budget", reason)
        if len(admission.admitted) < len(wanted):
            self._enter(
                {project: own.get(Payer(project, self.loaded.name), Spent()) for project in _by_project(wanted)},
                is_settled=False,
            )
        return admission

    def settle(self, spent: Mapping[TargetId, Spent]) -> None:
        """Enter what the batch did cost, in the place of what was reserved."""
        by_project = _by_project(spent)
        if not self._is_capped:
            by_project = {project: one for project, one in by_project.items() if one != Spent()}
        self._enter(by_project, is_settled=True)

    @property
    def _is_capped(self) -> bool:
        return self.loaded.rule.budget is not None or self.loaded.project_budget is not None

    def _refusal(self, project: str, price: Spent, parts: list[Mapping[Payer, Spent]]) -> str | None:
        spent: dict[Payer, Spent] = {}
        for part in parts:
            for payer, one in part.items():
                spent[payer] = spent.get(payer, Spent()).plus(one)
        caps = caps_of(self.loaded, project, spent)
        return next((reason for cap in caps if (reason := cap.refusal(price)) is not None), None)

    def _enter(self, by_project: Mapping[str, Spent], *, is_settled: bool) -> None:
        if self._day is None:
            return
        spend.insert(
            self.store,
            [
                SpendRow(
                    project=project,
                    day=self._day.date(),
                    rule=self.loaded.name,
                    batch_id=self.batch_id,
                    rule_version=self.loaded.version,
                    time=self.clock(),
                    calls=spent.calls,
                    cost_usd=spent.usd,
                    is_settled=is_settled,
                )
                for project, spent in by_project.items()
            ],
        )


def _by_project(spent: Mapping[TargetId, Spent]) -> dict[str, Spent]:
    total: defaultdict[str, Spent] = defaultdict(Spent)
    for target, one in spent.items():
        total[target.project] = total[target.project].plus(one)
    return dict(total)
