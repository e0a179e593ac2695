"""
The journal of a removal: first the rows are noted, then exactly these are removed, then the books say so.

Rows arrive while others are removed. What arrives after the note is not in it, so it stays until the next pass, and the
books count what is gone, no more and no less. The journal is durable: whoever comes next finishes what was interrupted.
Rows are noted by the request that they came with; all of a request's rows come at once, at a time that no other has.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from spanmill_store.client import Store
from spanmill_store.otlp.repetition import TABLES

SIGNALS = {table: signal for signal, tables in TABLES.items() for table in tables}
"""The signal of each table whose rows are in the books."""


@dataclass(frozen=True, slots=True)
class Entry:
    """
    Rows of one table that are being removed.

    Attributes:
        number: Of the removal; a new one for each.
        forget: For which request to forget, 0 for retention.
        rows: How many were noted.
    """

    number: int
    forget: int
    table: str
    partitions: Sequence[str]
    rows: int


def new_number() -> int:
    """Return a number that no other removal has."""
    return secrets.randbits(62) + 1


def entries(store: Store) -> list[Entry]:
    """Return what is under way or was interrupted."""
    return [
        Entry(row["Pass"], row["Forget"], row["Table"], row["Partitions"], int(row["Rows"]))
        for row in store.rows("removal/noted")
    ]


def close(store: Store, entry: Entry) -> None:
    """Write into the books that the rows of *entry* are gone, and forget the entry."""
    store.run("removal/account_noted", **{"pass": entry.number, "signal": SIGNALS[entry.table]})
    store.run("removal/drop_partition", table="removals", partition=str(entry.number))
