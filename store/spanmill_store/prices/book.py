"""All prices that are known: the user's, and below them the list's."""

from collections.abc import Iterable
from datetime import date

from spanmill_store.mapping.cost import SELF_HOSTED
from spanmill_store.prices import catalog
from spanmill_store.prices.entries import PriceEntry
from spanmill_store.prices.price import FIRST_DAY, Price, Timeline, on, timeline
from spanmill_store.prices.user_file import UserPrices

Key = tuple[str, str]
"""Provider as spans name it, '' for any; model in lower case."""


class PriceBook:
    """
    Says what a model costs.

    On a day on which an entry of the user's holds for a model, that entry counts, else the list. An exact name counts
    before a pattern, an entry for one provider before one for any, a longer pattern before a shorter one, and of the
    same one the newest.
    """

    def __init__(self, user: UserPrices | None = None) -> None:
        self._entries = user.entries if user else ()
        self._origin = user.origin if user else ""

    def periods(self, key: Key) -> Timeline:
        """Return what the model costs, and when; empty where nobody knows."""
        listed = catalog.resolve(*key)
        entries = [entry for entry in self._entries if entry.fits(*key)]
        if not entries:
            return listed
        starts = {FIRST_DAY, *(entry.valid_from for entry in entries), *(period.valid_from for period in listed)}
        return timeline((day, self._on(day, entries, listed)) for day in sorted(starts))

    def wanted(self, named: Iterable[Key]) -> dict[Key, Timeline]:
        """
        Return what the table should hold so that each of *named*, and every name that can be foreseen, finds its price.

        A span is looked up under its provider, then under any. So a name gets a row of its own at a provider only where
        that says more than the one for any.
        """
        spelled = catalog.exact_keys()
        keys = {*named, *self._foreseen(spelled)} - spelled
        anywhere = {("", model) for _, model in keys | spelled}
        found = {key: periods for key in spelled | anywhere if (periods := self.periods(key))}
        for key in keys:
            if (periods := self.periods(key)) and (key[0] in SELF_HOSTED or periods != found.get(("", key[1]))):
                found[key] = periods
        return found

    def _foreseen(self, spelled: Iterable[Key]) -> Iterable[Key]:
        """Names in the user's entries, and those of the list that a pattern for one provider fits."""
        listed = [model for provider, model in spelled if not provider]
        for entry in self._entries:
            if not entry.is_pattern:
                yield (entry.provider, entry.model)
            elif entry.provider:
                yield from ((entry.provider, model) for model in listed if entry.fits(entry.provider, model))

    def _on(self, day: date, entries: list[PriceEntry], listed: Timeline) -> tuple[Price, str] | None:
        in_force = [entry for entry in entries if entry.valid_from <= day]
        if in_force:
            return max(in_force, key=lambda entry: (entry.rank, entry.valid_from)).price, self._origin
        period = on(listed, day)
        return (period.price, period.origin) if period else None
