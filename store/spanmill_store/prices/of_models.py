"""What a call of a model costs: asked before a judge is, and after it has answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from spanmill_store.client import Store
from spanmill_store.mapping.columns import PROVIDERS
from spanmill_store.prices import table
from spanmill_store.prices.book import Key, PriceBook
from spanmill_store.prices.lookup import charge
from spanmill_store.prices.price import Timeline, Tokens, lowered


@dataclass(frozen=True, slots=True)
class ModelPrices:
    """
    Prices by provider and model, read once for each model.

    Attributes:
        book: Of what the table lacks.
    """

    store: Store
    book: PriceBook = field(default_factory=PriceBook)
    _stored: dict[str, Mapping[Key, Timeline]] = field(default_factory=dict)

    def cost(self, provider: str, model: str, day: date, tokens: Tokens) -> float:
        """
        Return what a call costs on *day*, in US dollars; provider and model under whatever names they go by.

        Raises:
            NoPrice: Nobody knows.
        """
        provider, model = provider.lower(), lowered(model)
        if model not in self._stored:
            self._stored[model] = table.in_force(self.store, model)
        key = (PROVIDERS.get(provider, provider), model)
        return charge(self._stored[model], self.book, key, day, tokens).cost
