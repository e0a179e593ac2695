"""What one call is charged, as the column CostUsd would say it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from spanmill_store.errors import SpanmillError
from spanmill_store.mapping.cost import SELF_HOSTED
from spanmill_store.prices.book import Key, PriceBook
from spanmill_store.prices.price import Period, Tier, Timeline, Tokens, on


class NoPrice(SpanmillError):
    """Nobody knows what the model costs."""


@dataclass(frozen=True, slots=True)
class Charge:
    """
    What a call costs, and why.

    Attributes:
        key: Under which name the price was found; without a provider it is that of any.
        is_stored: Whether the price lies in the table already, rather than being found when the first span comes.
    """

    key: Key
    period: Period
    tier: Tier
    cost: float
    is_stored: bool


def charge(stored: Mapping[Key, Timeline], book: PriceBook, key: Key, day: date, tokens: Tokens) -> Charge:
    """
    Return what a call of the model *key* on *day* costs by the prices in *stored*, else by *book*.

    Raises:
        NoPrice: Neither knows.
    """
    provider, model = key
    keys = [key] if provider in SELF_HOSTED else [key, ("", model)]
    found = next(((at, period) for at in keys if (period := on(stored.get(at, ()), day))), None)
    # What the book says of a name that the table lacks is what the table will say when a span has brought the name.
    at, period = found or (key, on(book.periods(key), day))
    if period is None:
        whose = f" of {provider}" if provider else ""
        raise NoPrice(
            f"Nobody knows what {model}{whose} costs on {day}: add it to the file that SPANMILL_PRICES names."
        )
    tier = period.price.tier_for(tokens.input)
    return Charge(at, period, tier, tier.cost(tokens), found is not None)
