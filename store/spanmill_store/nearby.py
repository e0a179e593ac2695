"""
Reading only what traces did near a time.

A trace is looked up by its id among all days that are kept, unless ClickHouse is told which of them to read. What is
asked for may be a view that has no column for the day, so it is told by a setting.
"""

from datetime import date, datetime, timedelta
from typing import Final

MARGIN: Final = timedelta(days=2)
"""A trace that rests for longer than this is taken for two."""

FIRST_DAY: Final = date(1970, 1, 1)
"""Of ClickHouse's dates."""


def near(database: str, since: datetime, until: datetime) -> dict[str, str]:
    """Settings under which only the parts of traces are read that lie within `MARGIN` of a stretch of time, in UTC."""
    first, last = max((since - MARGIN).date(), FIRST_DAY), (until + MARGIN).date()
    condition = f"Day BETWEEN toDate(''{first}'') AND toDate(''{last}'')"
    tables = (f"{database}.trace_parts", f"{database}.trace_parts_local")
    return {"additional_table_filters": "{" + ", ".join(f"'{table}': '{condition}'" for table in tables) + "}"}
