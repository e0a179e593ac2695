"""What a user's price file may say: one entry per price, checked."""

import re
from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from spanmill_store.mapping.columns import PROVIDERS
from spanmill_store.prices.price import FIRST_DAY, LAST_DAY, Price, Tier, lowered

MAX_DOLLARS: Final = 1_000_000
"""More than that for a million tokens is a slip of the decimal point."""

Dollars = Annotated[float, Field(strict=True, ge=0, le=MAX_DOLLARS, allow_inf_nan=False)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    input_mtok: Dollars | None = None
    cache_read_mtok: Dollars | None = None
    cache_write_mtok: Dollars | None = None
    output_mtok: Dollars | None = None
    per_call: Dollars | None = None


class TierEntry(_Entry):
    """Prices of a call with more input tokens than that; those that are not given stay as they are below."""

    above_input_tokens: int = Field(strict=True, gt=0, lt=2**53)


class PriceEntry(_Entry):
    """One price: of which models, at whom, since when, and how much."""

    model: str = Field(strict=True, min_length=1)
    provider: str = Field("", strict=True)
    valid_from: date = FIRST_DAY
    tiers: tuple[TierEntry, ...] = ()

    @field_validator("model")
    @classmethod
    def _lower_model(cls, model: str) -> str:
        return lowered(model)

    @field_validator("provider")
    @classmethod
    def _as_in_spans(cls, provider: str) -> str:
        return PROVIDERS.get(provider.lower(), provider.lower())

    @field_validator("valid_from")
    @classmethod
    def _require_storable(cls, day: date) -> date:
        if not FIRST_DAY <= day <= LAST_DAY:
            message = f"valid_from is {day}: name a day between {FIRST_DAY} and {LAST_DAY}, or leave it out"
            raise ValueError(message)
        return day

    @model_validator(mode="after")
    def _require_whole(self) -> "PriceEntry":
        tokens = {"input_mtok": self.input_mtok, "output_mtok": self.output_mtok}
        missing = [name for name, price in tokens.items() if price is None]
        if missing and (self.per_call is None or len(missing) == 1 or self.tiers):
            names, verb = " and ".join(map(repr, missing)), "is" if len(missing) == 1 else "are"
            message = f"{names} {verb} missing: add what a million tokens cost, 0 where they are free"
            raise ValueError(message)
        starts = [tier.above_input_tokens for tier in self.tiers]
        if starts != sorted(set(starts)):
            message = f"the tiers begin above {starts} input tokens: order them, each start once"
            raise ValueError(message)
        return self

    @cached_property
    def is_pattern(self) -> bool:
        """Whether the name has a star, which stands for any characters."""
        return "*" in self.model

    @property
    def rank(self) -> tuple[bool, bool, int]:
        """Of several entries that fit the one of the highest rank counts: names before patterns, then longer ones."""
        return (not self.is_pattern, bool(self.provider), len(self.model))

    def fits(self, provider: str, model: str) -> bool:
        """Whether the entry speaks of *model*, in lower case, at *provider*."""
        if self.provider and self.provider != provider:
            return False
        return bool(self._pattern.fullmatch(model)) if self.is_pattern else self.model == model

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(".*".join(map(re.escape, self.model.split("*"))), re.DOTALL)

    @cached_property
    def price(self) -> Price:
        """The price in tiers."""
        return Price(tuple(_tiers(self)))


class PriceFile(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prices: tuple[PriceEntry, ...]


def _tiers(entry: PriceEntry) -> Iterable[Tier]:
    said: dict[str, float | None] = {name: getattr(entry, name) for name in _Entry.model_fields}
    yield _tier(0, said)
    for tier in entry.tiers:
        said |= {name: price for name in said if (price := getattr(tier, name)) is not None}
        yield _tier(tier.above_input_tokens + 1, said)


def _tier(from_tokens: int, said: dict[str, float | None]) -> Tier:
    plain = said["input_mtok"] or 0.0
    cached, written = said["cache_read_mtok"], said["cache_write_mtok"]
    return Tier(
        from_tokens,
        plain,
        plain if cached is None else cached,
        plain if written is None else written,
        said["output_mtok"] or 0.0,
        said["per_call"] or 0.0,
    )
