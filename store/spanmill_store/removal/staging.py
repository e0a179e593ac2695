"""
Partitions on their way out: moved into a table of their own, looked at there, entered into the books, and dropped.

A partition can be moved at once, whereas between counting its rows and dropping them more may arrive. Those come into a
partition of the same day that is new, and go with the next pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from spanmill_store.client import Store
from spanmill_store.removal.journal import SIGNALS
from spanmill_store.scoring.templates import filled

_PREFIX: Final = "removed_"


@dataclass(frozen=True, slots=True)
class Staged:
    """A table of partitions on their way out, and those that are in it: id and day, where they have one."""

    table: str
    partitions: Sequence[tuple[str, date | None]]

    @property
    def name(self) -> str:
        """Name of that table."""
        return staging_name(self.table)


def staging_name(table: str) -> str:
    """Where partitions of *table* go to be dropped."""
    return _PREFIX + table


def staged(store: Store) -> list[Staged]:
    """Return what was interrupted."""
    found: dict[str, list[tuple[str, date | None]]] = {}
    for row in store.rows("removal/staged"):
        partitions = found.setdefault(row["Staging"].removeprefix(_PREFIX), [])
        if row["PartitionId"]:
            partitions.append((row["PartitionId"], row["Day"]))
    return [Staged(table, partitions) for table, partitions in found.items()]


def move_out(store: Store, table: str, partition: str) -> None:
    """Take *partition* out of *table*."""
    store.execute(filled("removal/create_staging", {"table": table}), {"staging": staging_name(table)})
    _move(store, table, staging_name(table), partition)


def move_back(store: Store, table: str, partition: str) -> None:
    """Put *partition* back into *table*."""
    _move(store, staging_name(table), table, partition)


def _move(store: Store, table: str, target: str, partition: str) -> None:
    statement = filled("removal/move_partition", {"target": target})
    store.execute(statement, {"table": table, "partition": partition})


def drop(store: Store, table: str, partition: str) -> None:
    """Drop *partition*, which was moved out of *table*, and enter its rows into the books."""
    if signal := SIGNALS.get(table):
        store.run(
            "removal/account_staged", staging=staging_name(table), table=table, partition=partition, signal=signal
        )
    store.run("removal/drop_partition", table=staging_name(table), partition=partition)


def close(store: Store, table: str) -> None:
    """Drop the table for partitions of *table* on their way out, which is empty now."""
    store.run("removal/drop_table", table=staging_name(table))
