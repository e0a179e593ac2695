"""
Keeping what agents send again and again once: days that are over are packed, by whoever does the store's upkeep.

Nothing happens while spans are stored, and the spans of today lie as they were sent. It is crash-proof by order: first
the messages are kept, then the spans get their hashes, part by part, then the day is remembered. Whoever is killed in
between is repeated, and finds what was done.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from spanmill_store import cluster
from spanmill_store.client import Store
from spanmill_store.removal import lock

MIN_SHARE: Final = 0.2
"""A day is packed when so much of its content repeats something; below that it is not worth rewriting it."""

QUIET_DAYS: Final = 1
"""Days that pass until a day is packed: spans come late."""


@dataclass(frozen=True, slots=True)
class Packed:
    """
    What came of a day.

    Attributes:
        content_bytes: Of the attributes that hold content, uncompressed.
        repeated_bytes: Of these, what repeats a message that is kept.
    """

    day: date
    spans: int
    content_bytes: int
    repeated_bytes: int
    is_packed: bool

    @property
    def repeated_share(self) -> float:
        """Of the content, from 0 to 1."""
        return self.repeated_bytes / self.content_bytes if self.content_bytes else 0.0


def pack(store: Store, *, before: date | None = None, max_days: int | None = None) -> list[Packed]:
    """
    Pack days *before* the given one (by default, those that ended `QUIET_DAYS` ago) that were not looked at yet.

    On a cluster nothing is done: a day's messages would have to be kept on each shard before any of its spans changes.

    Raises:
        Busy: Somebody removes rows just now, and with them messages that no span needs any more.
    """
    if cluster.of(store):
        return []
    before = before or datetime.now(UTC).date() - timedelta(days=QUIET_DAYS)
    rows = store.rows("packing/days", before=before)
    if not rows[:max_days]:
        return []
    with lock.held(store):
        return [_pack(store, row["Day"], int(row["Spans"])) for row in rows[:max_days]]


def _pack(store: Store, day: date, spans: int) -> Packed:
    lock.renew(store)
    [found] = store.rows("packing/measure", day=day)
    content_bytes, repeated_bytes = int(found["ContentBytes"]), int(found["RepeatedBytes"])
    is_worth_it = content_bytes > 0 and repeated_bytes >= MIN_SHARE * content_bytes
    if is_worth_it:
        store.run("packing/keep", day=day)
        store.run("packing/pack", day=day)
    done = Packed(day, spans, content_bytes, repeated_bytes, is_worth_it)
    store.run(
        "packing/enter_day",
        day=day,
        spans=spans,
        content_bytes=content_bytes,
        repeated_bytes=repeated_bytes,
        is_packed=is_worth_it,
    )
    return done
