"""
Mapping old spans anew, after an upgrade whose mapping understands more.

Raw attributes are never touched, so the canonical columns follow from them again. Day by day they are cleared, which
lets the table's defaults show through at once, and written by a merge; then the day's traces are computed again and
take the place of the old ones. Spans may arrive meanwhile, and whoever is killed goes on with the same day.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from spanmill_store import cluster
from spanmill_store.client import Store
from spanmill_store.errors import SpanmillError
from spanmill_store.mapping.columns import MAPPING_VERSION

BEGINNING: Final = date(1970, 1, 1)
MARGIN_NS: Final = 600 * 10**9
"""Spans are received so long, at most, before they are stored and seen, unless their collector was cut off."""


@dataclass(frozen=True, slots=True)
class Remapped:
    """A day that is done."""

    day: date
    spans: int
    duration_s: float


def outdated_days(store: Store, since: date = BEGINNING) -> list[date]:
    """Days from *since* on with spans that an older mapping computed."""
    return [row["Day"] for row in store.rows("remap/days", version=MAPPING_VERSION, since=since)]


def remap(store: Store, since: date = BEGINNING) -> Iterator[Remapped]:
    """
    Map every outdated day from *since* on anew, the newest first, and tell of each when it is done.

    Raises:
        SpanmillError: The database is on a cluster: its replicas would have to swap a day's traces in the same moment.
    """
    if on := cluster.of(store):
        raise SpanmillError(
            f"Spans are not mapped anew on a cluster, and this is {on.name}: old ones stay as they are."
        )
    for day in reversed(outdated_days(store, since)):
        started = time.monotonic()
        [counted] = store.rows("remap/spans_of_day", day=day)
        store.run("remap/enter_day", day=day, version=MAPPING_VERSION, is_finished=False)
        store.run("remap/clear", day=day)
        store.run("remap/compact", day=day)
        _rebuild_traces(store, day)
        store.run("remap/enter_day", day=day, version=MAPPING_VERSION, is_finished=True)
        yield Remapped(day, int(counted["Spans"]), time.monotonic() - started)


def _rebuild_traces(store: Store, day: date) -> None:
    [clock] = store.rows("remap/clock")
    store.run("remap/stage_traces")
    store.run("remap/empty_stage")
    for query in ("remap/fill_spans", "remap/fill_logs"):
        store.run(query, day=day, since_ns=0)
    store.run("remap/swap_traces", day=day)
    for query in ("remap/late_spans", "remap/late_logs"):
        store.run(query, day=day, since_ns=int(clock["NowNs"]) - MARGIN_NS)
    store.run("remap/drop_stage")
