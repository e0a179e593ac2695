"""The disks that ClickHouse keeps its data on, and how full they are."""

from dataclasses import dataclass

from spanmill_store.client import Store


@dataclass(frozen=True, slots=True)
class Disk:
    """A disk of a ClickHouse server."""

    path: str
    free_bytes: int
    total_bytes: int


def disks(store: Store) -> list[Disk]:
    """Return the server's own disks; object storage has no end."""
    return [Disk(row["Path"], row["FreeBytes"], row["TotalBytes"]) for row in store.rows("upkeep/disks")]
