"""
Isolation: of a segment that ClickHouse refuses, everything is stored but the requests that are to blame.

Halves are tried, and halves of refused halves. Whoever inserts takes back what a refused part has left in some table,
so that doing it again, also after an interruption, stores nothing twice.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from spanmill_collector.wal.frames import Found
from spanmill_store.errors import QueryRejected

Insert = Callable[[Sequence[Found], str], object]
"""Sends neighbouring records by a name; raises `QueryRejected` where they are refused, and leaves nothing of them."""


class Refused(NamedTuple):
    """A request that ClickHouse refuses even alone."""

    record: Found
    token: str
    reason: str


def isolate(records: Sequence[Found], name: str, insert: Insert, reason: str) -> Iterator[Refused]:
    """
    Store what can be stored of *records*, which were refused together for *reason*, and yield the others.

    Raises:
        StoreUnavailable: Nobody answers any more; do it again later from the start.
    """
    yield from _isolate(records, 0, name, insert, reason)


def _isolate(records: Sequence[Found], first: int, name: str, insert: Insert, reason: str) -> Iterator[Refused]:
    if len(records) == 1:
        yield Refused(records[0], part_token(name, first, 1), reason)
        return
    middle = len(records) // 2
    for part, start in ((records[:middle], first), (records[middle:], first + middle)):
        try:
            insert(part, part_token(name, start, len(part)))
        except QueryRejected as rejection:
            yield from _isolate(part, start, name, insert, str(rejection))


def part_token(name: str, first: int, count: int) -> str:
    """The token of *count* records of the segment *name*, from the number *first* on."""
    return f"{name}/{first}+{count}"
