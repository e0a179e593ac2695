"""
Making sure that a repeated insert stored nothing twice.

Usually ClickHouse drops the second copy by its token. It notes tokens after it has made the rows visible, and does not
sync the note: killed in that moment, or without power soon after, it has the rows and has forgotten the token. So when
a segment is sent again whose first try may have arrived, the rows are looked for before and after.

A cluster's Keeper notes the token in the moment in which it takes the rows, so there it is forgotten only when its
window has passed. Parts of two shards may have one name, and a statement runs on all shards or on this node, so no part
is dropped there: if the number of rows is wrong, all of the segment's rows are deleted everywhere, and it is sent anew.
A replica that lags behind says too little, so before anything is deleted or sent anew every replica is asked; as long
as one is away, the segment waits.
"""

import secrets
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from spanmill_store import cluster, queries
from spanmill_store.client import Store
from spanmill_store.cluster import Cluster

TABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "traces": ("otel_traces",),
    "logs": ("otel_logs",),
    "metrics": (
        "otel_metrics_gauge",
        "otel_metrics_sum",
        "otel_metrics_histogram",
        "otel_metrics_exponential_histogram",
        "otel_metrics_summary",
    ),
}
"""The tables of a signal that keep every row they are given; the others count a row once however often it comes."""

_IDS_PER_QUERY: Final = 200


class Part(NamedTuple):
    """A part of a table that holds items of a segment."""

    table: str
    partition: str
    name: str

    @property
    def is_fresh(self) -> bool:
        """Whether it is as one insert wrote it: parts that were merged have a level above 0."""
        return self.name.rpartition("_")[2] == "0"


def parts_of(store: Store, signal: str, times_ns: Sequence[int]) -> dict[Part, int]:
    """In which parts items of the requests that were received at *times_ns* lie, and how many in each."""
    found: dict[Part, int] = defaultdict(int)
    for table in TABLES[signal]:
        for batch in _batches(times_ns):
            rows = store.rows(
                "ingest/parts_of_requests", table=table, times_ns=batch, first_ns=min(batch), last_ns=max(batch)
            )
            for row in rows:
                found[Part(table, row["PartitionId"], row["Part"])] += row["Items"]
    return dict(found)


def drop_doubles(store: Store, before: Mapping[Part, int], after: Mapping[Part, int]) -> list[Part]:
    """
    Drop the parts that are only in *after* although their partition had the segment's rows *before*.

    An insert of a segment writes one part to each partition, so such a part holds the segment's rows and no others.
    """
    had_rows = {(part.table, part.partition) for part in before}
    doubles = [
        part for part in after.keys() - before.keys() if part.is_fresh and (part.table, part.partition) in had_rows
    ]
    for part in doubles:
        store.run("ingest/drop_part", table=part.table, part=part.name)
    return doubles


def remove_items(store: Store, signal: str, times_ns: Sequence[int]) -> None:
    """Remove the items of the requests that were received at *times_ns*, and what the ledger says about them."""
    on = cluster.of(store)
    tables = _shares(signal) if on else {part.table for part in parts_of(store, signal, times_ns)}
    items, accepted = queries.text("ingest/remove_items"), queries.text("ingest/remove_accepted")
    if on:
        items, accepted = on.placed(items), on.placed(accepted)
    for batch in _batches(times_ns):
        times = {"times_ns": batch, "first_ns": min(batch), "last_ns": max(batch)}
        for table in sorted(tables):
            store.execute(items, {"table": table, **times})
        store.execute(accepted, times)


def items_on(on: Cluster, store: Store, signal: str, times_ns: Sequence[int], *, expected: int) -> int:
    """
    How many items of the requests that were received at *times_ns* the cluster *on* has.

    Any replica of each shard is asked first, and all of them if that does not give the number *expected*.

    Raises:
        StoreUnavailable: It does not, and a replica is away.
    """
    found = sum(parts_of(store, signal, times_ns).values())
    return found if found == expected else _items_on_replicas(on, store, signal, times_ns)


def _items_on_replicas(on: Cluster, store: Store, signal: str, times_ns: Sequence[int]) -> int:
    """The same, of each shard by its replica that has the most."""
    place = {"cluster": on.name, "database": on.database}
    most: dict[tuple[str, str], int] = {}
    for table in _shares(signal):
        for batch in _batches(times_ns):
            times = {"times_ns": batch, "first_ns": min(batch), "last_ns": max(batch)}
            for row in store.rows("cluster/items_on_replicas", table=table, **place, **times):
                key = (f"{table} {min(batch)}", row["Shard"])
                most[key] = max(most.get(key, 0), row["Items"])
    return sum(most.values())


def _shares(signal: str) -> set[str]:
    """The tables of *signal* as each shard of a cluster has them."""
    return {f"{table}_local" for table in TABLES[signal]}


def unused(token: str) -> str:
    """A token like *token* that no insert has had."""
    return f"{token}~{secrets.token_hex(4)}"


def _batches(times_ns: Sequence[int]) -> Iterator[list[int]]:
    ordered = sorted(set(times_ns))
    for start in range(0, len(ordered), _IDS_PER_QUERY):
        yield ordered[start : start + _IDS_PER_QUERY]
