"""Rows are removed on one node only: a cluster would need every shard and replica to move in the same moment."""

from spanmill_store import cluster
from spanmill_store.client import Store
from spanmill_store.errors import SpanmillError


class OnCluster(SpanmillError):
    """The database is on a cluster."""


def require(store: Store) -> None:
    """
    Refuse to begin, rather than to remove what one node holds and leave the rest.

    Raises:
        OnCluster: *store*'s database is on a cluster.
    """
    if on := cluster.of(store):
        raise OnCluster(
            f"Rows are not removed on a cluster, and this is {on.name}: retention and forgetting work on one node only."
        )
