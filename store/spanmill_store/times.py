"""Times of rows: those that are written again, and the one time of very many."""

import functools
import math
from datetime import UTC, datetime
from typing import Any


def in_utc(value: Any) -> Any:
    """
    Return *value* as it is, a time without a zone as one in UTC.

    The driver gives times without a zone, and would take them for local ones.
    """
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value


@functools.lru_cache(maxsize=64)
def ticks(time: datetime) -> int:
    """Return *time* as a DateTime64(9) is stored; the driver, given a datetime, computes it anew for each row."""
    return math.floor(time.timestamp()) * 1_000_000_000 + time.microsecond * 1000
