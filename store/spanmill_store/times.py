"""Times of rows that are written again: the driver gives them without a zone, and would take them for local ones."""

from datetime import UTC, datetime
from typing import Any


def in_utc(value: Any) -> Any:
    """Return *value* as it is, a time without a zone as one in UTC."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value
