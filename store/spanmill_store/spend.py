"""What judges cost: entered before they are asked, with the most it can become, and again when it is known."""

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, fields
from datetime import date, datetime
from typing import Final, NamedTuple

from spanmill_store.client import Store


class Spent(NamedTuple):
    """Calls, retries included, and US dollars."""

    calls: int = 0
    usd: float = 0.0

    def plus(self, other: "Spent") -> "Spent":
        """The sum of both."""
        return Spent(self.calls + other.calls, self.usd + other.usd)


class Payer(NamedTuple):
    """Who pays for a call: a rule, in a project."""

    project: str
    rule: str


class DayBook(NamedTuple):
    """What was spent on a day: *known*, with what is reserved for those being asked, and *settled*, without."""

    known: Mapping[Payer, Spent]
    settled: Mapping[Payer, Spent]


@dataclass(frozen=True, slots=True)
class SpendRow:
    """
    One batch of a rule in a project.

    Attributes:
        day: In UTC, on which the batch was begun; it stays when it is settled.
        is_settled: Whether this is what it was; else it is the most that it can become.
    """

    project: str
    day: date
    rule: str
    batch_id: str
    rule_version: str
    time: datetime
    calls: int
    cost_usd: float
    is_settled: bool


_COLUMNS: Final = tuple("".join(word.title() for word in field.name.split("_")) for field in fields(SpendRow))


def insert(store: Store, rows: Iterable[SpendRow]) -> None:
    """Enter *rows*; one of a known batch takes the place of the earlier one."""
    store.insert("judge_spend", _COLUMNS, [astuple(row) for row in rows])


def of_day(store: Store, day: date, *, but_batch: str = "") -> Mapping[Payer, Spent]:
    """Return what was spent or is reserved on *day*, without one batch."""
    return day_book(store, day, but_batch=but_batch).known


def day_book(store: Store, day: date, *, but_batch: str = "") -> DayBook:
    """Return what was spent on *day*, without one batch."""
    known, settled = {}, {}
    for row in store.rows("spend/of_day", day=day, but_batch=but_batch):
        payer = Payer(row["Project"], row["Rule"])
        known[payer] = Spent(int(row["Calls"]), float(row["CostUsd"]))
        settled[payer] = Spent(int(row["SettledCalls"]), float(row["SettledUsd"]))
    return DayBook(known, settled)


def of_versions(store: Store, day: date) -> dict[tuple[str, str], tuple[Spent, datetime]]:
    """Return what was spent or is reserved on *day* by each version of a rule, by name and version, and when last."""
    return {
        (row["Rule"], row["RuleVersion"]): (Spent(int(row["Calls"]), float(row["CostUsd"])), row["LastTime"])
        for row in store.rows("spend/of_versions", day=day)
    }
