"""The table ``model_prices``: what is in force, and how it is changed."""

import uuid
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, Final

from spanmill_store.client import Store
from spanmill_store.prices.book import Key
from spanmill_store.prices.price import Period, Timeline, from_numbers

_COLUMNS: Final = ("Provider", "Model", "ValidFrom", "ValidUntil", "Tiers", "Origin", "IsDeleted")


def in_force(store: Store, model: str = "") -> dict[Key, Timeline]:
    """Return all prices by key, or those of *model* only."""
    rows = store.rows("prices/in_force", model=model)
    return {key: tuple(map(_period, group)) for key, group in groupby(rows, key=_key)}


def change(store: Store, old: Mapping[Key, Timeline], new: Mapping[Key, Timeline]) -> int:
    """Write what *new* says otherwise than *old*, and return the number of rows that took."""
    rows = [row for key in sorted(old.keys() | new.keys()) for row in _changes(key, old.get(key, ()), new.get(key, ()))]
    # What is written again after it was removed is no repetition: it gets a token of its own.
    store.insert("model_prices", _COLUMNS, rows, token=uuid.uuid4().hex)
    return len(rows)


def _changes(key: Key, old: Timeline, new: Timeline) -> Iterator[tuple[Any, ...]]:
    before = {period.valid_from: period for period in old}
    after = {period.valid_from: period for period in new}
    for day in sorted(before.keys() - after.keys()):
        yield (*key, day, day, [], "", 1)
    for day, period in after.items():
        if before.get(day) != period:
            yield (*key, day, period.valid_until, period.price.numbers(), period.origin, 0)


def _key(row: Mapping[str, Any]) -> Key:
    return (row["Provider"], row["Model"])


def _period(row: Mapping[str, Any]) -> Period:
    return Period(row["ValidFrom"], row["ValidUntil"], from_numbers(row["Tiers"]), row["Origin"])
