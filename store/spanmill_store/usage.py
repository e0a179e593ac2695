"""
Usage by the minute: counted anew from traces whenever one that touches the minute has changed.

What is met in those traces for the first time is entered along with it. A fold is one such count. It is crash-proof
without a transaction: its rows count only once it is entered into ``usage_folds``, and whoever is killed before is
repeated by the next one.
"""

import itertools
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from spanmill_store.client import Store
from spanmill_store.nearby import near
from spanmill_store.retention.policies import Policies

logger = logging.getLogger(__name__)

OVERLAP_MS: Final = 330_000
"""
A span's LastStoreTime is taken while it is inserted, and it is seen when the insert ends: at most a request's timeout
later (`spanmill_store.client.REQUEST_TIMEOUT_S`). So much of what the last fold has seen is looked at again.
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """Minutes of one hour of one project."""

    project: str
    minutes: list[datetime]

    @property
    def until(self) -> datetime:
        """End of the last minute."""
        return self.minutes[-1] + timedelta(minutes=1)


def fold(store: Store) -> int:
    """Count every minute that has changed since the last fold, and return how many there were."""
    [clock] = store.rows("usage/last_fold")
    since_ms = max(0, int(clock["LastFold"]) - OVERLAP_MS)
    rows = store.rows("usage/changed_minutes", since_ms=since_ms)
    changed = ((str(row["Project"]), row["Minute"]) for row in rows)
    batches = list(_batches(_countable(store, changed, int(clock["Now"])) if rows else changed))
    for batch in batches:
        _count(store, batch, int(clock["Now"]))
    return sum(len(batch.minutes) for batch in batches)


def _countable(store: Store, minutes: Iterable[tuple[str, datetime]], now_ms: int) -> Iterator[tuple[str, datetime]]:
    """Leave out minutes whose traces have expired: one that comes late must not pass for all there were."""
    policies, today = Policies.read(store), datetime.fromtimestamp(now_ms / 1000, UTC).date()
    for project, minute in minutes:
        first = policies.keep_from("traces", project, today)
        if first is None or minute.date() >= first:
            yield project, minute


def _batches(minutes: Iterator[tuple[str, datetime]]) -> Iterator[Batch]:
    def hour(item: tuple[str, datetime]) -> tuple[str, datetime]:
        return item[0], item[1].replace(minute=0)

    for (project, _), group in itertools.groupby(minutes, hour):
        yield Batch(project, [minute for _, minute in group])


def _count(store: Store, batch: Batch, number: int) -> None:
    params = {"project": batch.project, "minutes": batch.minutes, "fold": number}
    between = {"from": batch.minutes[0], "until": batch.until}
    # Without it the parts of these traces would be looked for in all days that are kept.
    nearby = near(store.database, batch.minutes[0], batch.until)
    for query in ("usage/fold", "usage/fold_users"):
        store.run_under(nearby, query, **params, **between)
    store.run_under(nearby, "usage/first_seen", project=batch.project, **between)
    store.run("usage/enter_fold", **params)
