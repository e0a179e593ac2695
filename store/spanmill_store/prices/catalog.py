"""
The price list that comes with spanmill: the PyPI package ``genai-prices``, as it was installed.

What it says, and how that is expressed here:

- A model is found by the list's own matching: the provider by its id or rule, then the first of its models that fits
  the name, then those of the providers whose models it offers too. A name that ends in a date without dashes is tried
  again with them. Without a provider the name itself decides which one is asked.
- A tier holds for the whole call, for each kind of tokens by itself, where the input tokens, all of them, are *more*
  than its start. It becomes a tier here from the next number on.
- Cached tokens, and those written into a cache, that have no price of their own cost what other input costs.
- Prices change on days in UTC. Before its first dated price a model costs what the list says first.

What cannot be expressed: prices by the time of day (that of most hours is taken, and the origin says so); batch and
other service tiers; tokens of audio, images, video, citations and reasoning at a price of their own (they count as
input or output); a longer life in the cache; searches, characters, pages and hours. A model that is only charged by
those has no price. One whose prices the list leaves empty is free, or part of a subscription: it costs 0.
"""

import functools
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from spanmill_store.mapping.cost import SELF_HOSTED
from spanmill_store.prices.price import FIRST_DAY, Price, Tier, Timeline, lowered, timeline
from spanmill_store.prices.provider_names import LITELLM, OF_SPANS, id_of, of_id

if TYPE_CHECKING:
    from genai_prices.types import ConditionalPrice, MatchLogic, ModelInfo, ModelPrice, Provider

ORIGIN: Final = "genai-prices"
BY_HOURS: Final = "genai-prices, price of most hours of the day"

_HALF_HOURS: Final = tuple(time(hour, minute) for hour in range(24) for minute in (0, 30))
_MAX_REMEMBERED: Final = 65_536


def resolve(provider: str, model: str) -> Timeline:
    """
    Return what *model* costs at *provider*, as spans name both; empty where the list does not know.

    The empty provider stands for any. A provider that does not know the model is asked like any other, except that what
    runs on machines of the user's own costs nothing that the list could know.
    """
    if provider in SELF_HOSTED:
        return ()
    return _of_provider(provider, model) or (_of_provider("", model) if provider else ())


@functools.cache
def exact_keys() -> frozenset[tuple[str, str]]:
    """
    All names that the list spells out, each with the providers for which it means something.

    What is sold by several, such as Anthropic's models on Bedrock, is there for each that has a price of its own.
    """
    named = {name for provider in providers() for name in _names_at(provider)}
    anywhere = {name for name in named if _of_provider("", name)}
    own = {(said, name) for one in providers() for said in of_id(one.id) for name in _names_at(one)}
    elsewhere = {
        (provider, name)
        for provider in OF_SPANS
        for name in anywhere
        if resolve(provider, name) != _of_provider("", name)
    }
    return frozenset(key for key in own | elsewhere | {("", name) for name in anywhere} if resolve(*key))


def providers() -> "list[Provider]":
    """Everything in the list. It is loaded when it is first asked for, which takes a fifth of a second."""
    from genai_prices.data import providers as listed  # noqa: PLC0415

    return listed


@functools.lru_cache(_MAX_REMEMBERED)
def _of_provider(provider: str, model: str) -> Timeline:
    found = _find(provider, model)
    return _periods(found) if found is not None else ()


def _find(provider: str, model: str) -> "ModelInfo | None":
    from genai_prices.data_snapshot import find_provider_by_id  # noqa: PLC0415 - see `providers`

    wanted, name = provider, model
    if provider == LITELLM:
        first, slash, rest = model.partition("/")
        known = bool(first and slash and find_provider_by_id(providers(), first))
        wanted, name = (first, rest) if known else ("", model)
    seller = find_provider_by_id(providers(), id_of(wanted)) if wanted else _seller_of(name)
    return seller.find_model(name, all_providers=providers()) if seller else None


def _seller_of(model: str) -> "Provider | None":
    """Return the provider whose models are called like that."""
    name = model.lower()
    return next((one for one in providers() if one.model_match is not None and one.model_match.is_match(name)), None)


def _names_at(provider: "Provider") -> set[str]:
    return {lowered(name) for model in provider.models for name in (model.id, *_equals(model.match))}


def _equals(clause: "MatchLogic") -> Iterator[str]:
    """Names that *clause* spells out."""
    if (name := getattr(clause, "equals", None)) is not None:
        yield name
    for inner in getattr(clause, "or_", ()):
        yield from _equals(inner)


def _periods(model: "ModelInfo") -> Timeline:
    conditional = model.prices if isinstance(model.prices, list) else []
    starts = {start for one in conditional if (start := _start(one)) is not None and start > FIRST_DAY}
    return timeline((day, _dated(model, day)) for day in sorted({FIRST_DAY, *starts}))


def _start(conditional: "ConditionalPrice") -> date | None:
    return getattr(conditional.constraint, "start_date", None)


def _dated(model: "ModelInfo", day: date) -> tuple[Price, str] | None:
    """Return the price of *day* and its origin."""
    prices = [_price(model.get_prices(datetime.combine(day, at, UTC))) for at in _HALF_HOURS[: _times(model)]]
    [(price, hours)] = Counter(prices).most_common(1)
    return None if price is None else (price, ORIGIN if hours == len(prices) else BY_HOURS)


def _times(model: "ModelInfo") -> int:
    """How many times of a day have to be looked at."""
    conditional = model.prices if isinstance(model.prices, list) else []
    return len(_HALF_HOURS) if any(hasattr(one.constraint, "start_time") for one in conditional) else 1


def _price(prices: "ModelPrice") -> Price | None:
    """Return *prices* in tiers, None where nothing in them is charged by tokens or calls."""
    given = [prices.input_mtok, prices.output_mtok, prices.requests_kcount]
    if all(price is None for price in given):
        is_charged = any(price is not None for price in prices.__dict__.values())
        return None if is_charged else Price((Tier(0, 0.0, 0.0, 0.0, 0.0),))
    known = (*given, prices.cache_read_mtok, prices.cache_write_mtok)
    starts = {tier.start + 1 for price in known for tier in getattr(price, "tiers", ())}
    return Price(tuple(_tier(prices, start) for start in sorted({0, *starts})))


def _tier(prices: "ModelPrice", from_tokens: int) -> Tier:
    plain = _at(prices.input_mtok, from_tokens)
    cached = _at(prices.cache_read_mtok, from_tokens)
    written = _at(prices.cache_write_mtok, from_tokens)
    return Tier(
        from_tokens,
        plain or 0.0,
        (plain or 0.0) if cached is None else cached,
        (plain or 0.0) if written is None else written,
        _at(prices.output_mtok, from_tokens) or 0.0,
        (_at(prices.requests_kcount, from_tokens) or 0.0) / 1000,
    )


def _at(price: object, input_tokens: int) -> float | None:
    """Return the one of the list's prices that holds for so many tokens."""
    if price is None or isinstance(price, Decimal):
        return None if price is None else float(price)
    reached = [tier.price for tier in getattr(price, "tiers", ()) if input_tokens > tier.start]
    return float(reached[-1] if reached else getattr(price, "base"))  # noqa: B009 - its class is not loaded here
