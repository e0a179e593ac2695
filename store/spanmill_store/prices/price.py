"""What a price is, since when it holds, and what a call costs by it."""

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import date, timedelta
from typing import Final

FIRST_DAY: Final = date(1970, 1, 1)
LAST_DAY: Final = date(2149, 6, 6)
"""The days that ClickHouse's type Date can say."""

MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Tier:
    """
    A price that holds for the whole call from so many input tokens on.

    Attributes:
        from_tokens: The input tokens, cached ones and those written into a cache included.
        input_mtok: US dollars for a million tokens that came in, neither from a cache nor written into one.
        cached_mtok: US dollars for a million that came from a cache.
        cache_write_mtok: US dollars for a million that were written into a cache.
        output_mtok: US dollars for a million that went out.
        per_call: US dollars for the call itself.
    """

    from_tokens: int
    input_mtok: float
    cached_mtok: float
    cache_write_mtok: float
    output_mtok: float
    per_call: float = 0.0

    def cost(self, tokens: "Tokens") -> float:
        """US dollars for a call with these *tokens*."""
        plain = tokens.input - tokens.cached - tokens.cache_write
        dollars = plain * self.input_mtok + tokens.cached * self.cached_mtok
        dollars += tokens.cache_write * self.cache_write_mtok + tokens.output * self.output_mtok
        return dollars / MILLION + self.per_call


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a call; cached ones and those written into a cache are parts of the input."""

    input: int = 0
    cached: int = 0
    cache_write: int = 0
    output: int = 0


@dataclass(frozen=True, slots=True)
class Price:
    """One or more tiers, in order; the first holds from 0 tokens on."""

    tiers: tuple[Tier, ...]

    def tier_for(self, input_tokens: int) -> Tier:
        """Return the last tier that so many tokens reach."""
        return [tier for tier in self.tiers if tier.from_tokens <= input_tokens][-1]

    def cost(self, tokens: Tokens) -> float:
        """US dollars for a call with these *tokens*."""
        return self.tier_for(tokens.input).cost(tokens)

    def numbers(self) -> list[list[float]]:
        """The tiers as the column ``Tiers`` holds them."""
        return [[float(number) for number in astuple(tier)] for tier in self.tiers]


def from_numbers(tiers: Iterable[Sequence[float]]) -> Price:
    """Return the price whose `Price.numbers` are *tiers*."""
    return Price(tuple(Tier(int(tier[0]), *tier[1:]) for tier in tiers))


@dataclass(frozen=True, slots=True)
class Period:
    """A price, the first and the last day on which it holds, and where it comes from."""

    valid_from: date
    valid_until: date
    price: Price
    origin: str

    def holds_on(self, day: date) -> bool:
        """Whether a call on *day* (in UTC) is charged by it."""
        return self.valid_from <= day <= self.valid_until


Timeline = tuple[Period, ...]
"""Periods in order that do not overlap. There may be days without a price; an empty one is an unknown model."""


def timeline(starts: Iterable[tuple[date, tuple[Price, str] | None]]) -> Timeline:
    """Return the periods that begin on the days of *starts*, in order; neighbours that say the same become one."""
    found: list[Period] = []
    for day, dated in starts:
        if found and dated == (found[-1].price, found[-1].origin) and found[-1].valid_until == LAST_DAY:
            continue
        if found and found[-1].valid_until == LAST_DAY:
            last = found.pop()
            found.append(Period(last.valid_from, day - timedelta(days=1), last.price, last.origin))
        if dated is not None:
            found.append(Period(day, LAST_DAY, *dated))
    return tuple(found)


def on(periods: Timeline, day: date) -> Period | None:
    """Return the one of *periods* that holds on *day*."""
    return next((period for period in periods if period.holds_on(day)), None)


def lowered(name: str) -> str:
    """
    Return *name* with the letters A to Z in lower case and everything else as it is.

    That is what ClickHouse's ``lower`` does, by which spans look a model up.
    """
    return name.translate(_LOWER)


_LOWER: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
