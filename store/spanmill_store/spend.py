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


def of_day(store: Store, day: date, *, but_batch: str = "", only_settled: bool = False) -> Mapping[Payer, Spent]:
    """Return what was spent on *day*, and unless *only_settled* is reserved, without one batch."""
    rows = store.rows("spend/of_day", day=day, but_batch=but_batch, only_settled=only_settled)
    return {Payer(row["Project"], row["Rule"]): Spent(int(row["Calls"]), float(row["CostUsd"])) for row in rows}
