"""Figures as the cookbook gives them, computed the plain way."""

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, TypeVar

import pytest

Row = dict[str, Any]
T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


def same(expected: Iterable[Row]) -> list[Row]:
    """*expected* rows, to be compared with those found but for the last digits of a number."""
    return [{key: _nearly(value) for key, value in row.items()} for row in expected]


def _nearly(value: object) -> object:
    return pytest.approx(value, rel=1e-9, abs=1e-9) if isinstance(value, float) else value


def grouped(items: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    """*items* by their *key*, keys sorted."""
    found: dict[K, list[T]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return dict(sorted(found.items(), key=lambda pair: repr(pair[0])))


def mean(values: Iterable[float | None]) -> float | None:
    """Mean of the *values* that are known."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def quantile(values: Iterable[float], level: float) -> float:
    """The quantile, between two values where it lies there."""
    ordered = sorted(values)
    place = level * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def weighted(values: Sequence[float], weights: Sequence[float]) -> Row:
    """Number, mean and standard error of weighted values."""
    total = sum(weights)
    middle = sum(v * w for v, w in zip(values, weights, strict=True)) / total
    n = len(values)
    squares = sum((w * (v - middle)) ** 2 for v, w in zip(values, weights, strict=True))
    error = math.sqrt(n / (n - 1) * squares) / total if n > 1 else None
    return {"scores": n, "mean": middle, "standard_error": error}


def ordered(rows: Iterable[Row], *keys: str) -> list[Row]:
    """*rows* sorted by *keys*, those with a minus before them downwards."""
    found = list(rows)
    for key in reversed(keys):
        found.sort(key=lambda row: row[key.lstrip("-")], reverse=key.startswith("-"))
    return found
