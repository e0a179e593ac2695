"""Removing what is in a list, table by table, in the partitions that hold any of it, until none of it is left."""

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from spanmill_store.client import Store
from spanmill_store.errors import StoreError
from spanmill_store.forgetting import lists
from spanmill_store.forgetting.subjects import Key, Subject
from spanmill_store.forgetting.tables import HELD, STRIPPED, Way, held
from spanmill_store.removal import journal, lock, mutations
from spanmill_store.removal.journal import Entry
from spanmill_store.retention import enforcement

Told = Callable[[str], object]

MAX_ROUNDS: Final = 10
"""Rows of the same traces may arrive while they are removed, and are removed in another round."""


def counts(store: Store, subject: Subject, key: Key) -> dict[str, int]:
    """Return how many rows of each table would go."""
    tables = held(store, keep_datasets=subject.keep_datasets)
    return {table: sum(_partitions(store, subject, key, table, way).values()) for table, way in tables}


def remove(store: Store, subject: Subject, key: Key, told: Told = str) -> Counter[str]:
    """
    Remove everything in the list of *subject*, and return how many rows of each table that were. Only with the lock.

    *told* is called with the name of each table before it is looked at.

    Raises:
        StoreError: Rows keep coming faster than they are removed; the list stays, to be finished later.
    """
    enforcement.settle(store)
    removed = _finish_journal(store, subject, key)
    for table, way in held(store, keep_datasets=subject.keep_datasets):
        told(table)
        removed[table] += _remove_all(store, subject, key, table, way)
    for table, way in STRIPPED.items():
        _remove_all(store, subject, key, table, way)
    return removed


def finish(store: Store, subject: Subject, key: Key) -> Counter[str]:
    """Remove everything in a list that was decided, and throw the list away."""
    lists.entomb(store, subject, key)
    removed = remove(store, subject, key)
    lists.drop(store, [subject.number])
    return removed


def _remove_all(store: Store, subject: Subject, key: Key, table: str, way: Way) -> int:
    removed = 0
    if way.parameter == "messages":
        mutations.wait(store, "otel_traces")  # somebody who packed a day may have been killed, and his rewrite goes on
    for _ in range(MAX_ROUNDS):
        partitions = _partitions(store, subject, key, table, way)
        if not partitions:
            return removed
        lock.renew(store)
        removed += _remove_once(store, subject, key, table, way, partitions)
    raise StoreError(f"Rows keep coming into {table} faster than they are removed: stop their sender and try again.")


def _partitions(store: Store, subject: Subject, key: Key, table: str, way: Way) -> dict[str, int]:
    rows = store.rows(way.count, **subject.parameters(key), **{way.parameter: table})
    return {row["PartitionId"]: row["Rows"] for row in rows}


def _remove_once(store: Store, subject: Subject, key: Key, table: str, way: Way, partitions: dict[str, int]) -> int:
    parameters: dict[str, Any] = {**subject.parameters(key), way.parameter: table}
    if way.note:
        store.run(way.note, **parameters, number=journal.new_number(), name=table)
        return _finish_journal(store, subject, key)[table]
    for partition in partitions:
        store.run(way.delete, **parameters, partition=partition)
    mutations.wait(store, table)
    return sum(partitions.values())


def _finish_journal(store: Store, subject: Subject, key: Key) -> Counter[str]:
    """Remove what was noted for *subject*, by us or by somebody who was interrupted."""
    removed: Counter[str] = Counter()
    for entry in journal.entries(store):
        if entry.forget == subject.number:
            _delete_noted(store, subject, key, entry)
            removed[entry.table] += entry.rows
    return removed


def _delete_noted(store: Store, subject: Subject, key: Key, entry: Entry) -> None:
    way = HELD[entry.table]
    parameters: dict[str, Any] = {**subject.parameters(key), way.parameter: entry.table, "number": entry.number}
    for partition in entry.partitions:
        store.run(way.delete, **parameters, partition=partition)
    mutations.wait(store, entry.table)
    journal.close(store, entry)
