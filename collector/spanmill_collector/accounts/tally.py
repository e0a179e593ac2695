"""Tallies: requests and items by account, an account being a project and the key that was used."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple


class Account(NamedTuple):
    """Whose items: a project and a key's id."""

    project: str
    key_id: str


class Amount(NamedTuple):
    """How many requests, and how many spans, log records or data points in them."""

    requests: int = 0
    items: int = 0


class Tally:
    """Amounts by account."""

    def __init__(self) -> None:
        self._amounts: dict[Account, Amount] = defaultdict(Amount)

    def add(self, account: Account, items: int, requests: int = 1) -> None:
        """Count requests with so many *items* together."""
        before = self._amounts[account]
        self._amounts[account] = Amount(before.requests + requests, before.items + items)

    def __iter__(self) -> Iterator[tuple[Account, Amount]]:
        """Go through all accounts."""
        return iter(self._amounts.items())

    def __bool__(self) -> bool:
        """Whether anything was counted."""
        return bool(self._amounts)

    @property
    def items(self) -> int:
        """Items of all accounts."""
        return sum(amount.items for amount in self._amounts.values())

    def __getitem__(self, account: Account) -> Amount:
        """The amount of one account."""
        return self._amounts.get(account, Amount())

    def without(self, other: "Tally") -> "Tally":
        """This tally less *other*."""
        rest = Tally()
        for account, amount in self:
            less = other[account]
            rest.add(account, amount.items - less.items, amount.requests - less.requests)
        return rest
