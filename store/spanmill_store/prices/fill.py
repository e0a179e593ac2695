"""Giving a cost to spans that were stored before the price of their model was known."""

import logging

from spanmill_store import cluster
from spanmill_store.client import Store

logger = logging.getLogger(__name__)


def fill(store: Store, within_s: int) -> int:
    """
    Compute the cost of spans that have none, came in during the last *within_s* seconds, and have a price by now.

    Traces are told first, day by day, then the spans are changed. Where a step fails the next call does all of it
    again; a cost that is there is never changed. Returns the number of spans.
    """
    days = store.rows("prices/days_to_fill", within_s=within_s)
    if not days or _is_running(store):
        return 0
    for row in days:
        store.run("prices/fill_trace_parts", day=row["Day"], within_s=within_s)
    cluster.run(store, "prices/fill_spans", days=[row["Day"] for row in days], within_s=within_s)
    return sum(int(row["Spans"]) for row in days)


def _is_running(store: Store) -> bool:
    """Whether an earlier change, for which nobody waits any more, has not ended."""
    running = store.rows("prices/running_fills")
    for row in running:
        if row["latest_fail_reason"]:
            logger.warning("mutation %s of otel_traces fails: %s", row["mutation_id"], row["latest_fail_reason"])
    return bool(running)
