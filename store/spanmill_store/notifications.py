"""Notifications: what is to be sent to other systems, kept until it has arrived or is given up."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from typing import Final, Literal

from spanmill_store.client import Store
from spanmill_store.times import in_utc

State = Literal["pending", "delivered", "failed", "grouped"]

MAX_DUE: Final = 20_000
"""Of one route, read at a time."""


@dataclass(frozen=True, slots=True)
class Notification:
    """
    One row of ``notifications``; the fields are its columns, in snake case.

    Attributes:
        kind: ``flag``, ``alert`` or ``summary``.
        route: Where to, without what is secret of it.
        trace_id, span_id, session_id: What it is about, empty for alerts and summaries.
        body: What is sent; '' where it was not read, or is not needed any more.
        next_time: Of the next attempt, at the earliest.
        reason: Why it has not arrived, or the summary that tells of it.
    """

    project: str
    notification_id: str
    time: datetime
    kind: str
    rule: str
    route: str
    trace_id: str
    span_id: str
    session_id: str
    body: str
    next_time: datetime
    state: State = "pending"
    attempts: int = 0
    attempt_time: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RouteStatus:
    """How a route of a rule does."""

    rule: str
    route: str
    pending: int
    delivered: int
    grouped: int
    failed: int
    last_delivered: datetime | None
    last_problem: str


_COLUMNS: Final = tuple("".join(word.title() for word in field.name.split("_")) for field in fields(Notification))


def notification_id(*parts: str) -> str:
    """Return the id of what *parts* say, the same wherever and however often it is found."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def enter(store: Store, rows: Iterable[Notification]) -> int:
    """Store those of *rows* that were never entered and return how many that were."""
    found = {row.notification_id: row for row in rows}
    if not found:
        return 0
    known = {row["NotificationId"] for row in store.rows("notifications/known", ids=list(found))}
    fresh = [row for key, row in found.items() if key not in known]
    record(store, fresh)
    return len(fresh)


def record(store: Store, rows: Sequence[Notification]) -> None:
    """Store how *rows* stand now, in one insert."""
    store.insert("notifications", _COLUMNS, [astuple(row) for row in rows])


def due(store: Store, now_ns: int, route: str = "") -> dict[str, list[Notification]]:
    """Return what is to be sent at a time, by route or of one *route*, the longest due first, without bodies."""
    found: defaultdict[str, list[Notification]] = defaultdict(list)
    for row in store.rows("notifications/due", now_ns=now_ns, route=route, limit=MAX_DUE):
        found[row["Route"]].append(Notification(*(in_utc(row.get(column, "")) for column in _COLUMNS)))
    return found


def bodies(store: Store, ids: Sequence[str]) -> dict[str, str]:
    """Return what the notifications called *ids* say."""
    return {row["NotificationId"]: row["Body"] for row in store.rows("notifications/bodies", ids=list(ids))}


def sent(store: Store, since_ns: int) -> dict[str, int]:
    """Return how many attempts each route has seen since a time, nanoseconds since 1970."""
    return {row["Route"]: int(row["Attempted"]) for row in store.rows("notifications/sent", since_ns=since_ns)}


def status(store: Store) -> list[RouteStatus]:
    """Return how all routes do, by rule."""
    return [
        RouteStatus(
            rule=row["Rule"],
            route=row["Route"],
            pending=row["Pending"],
            delivered=row["Delivered"],
            grouped=row["Grouped"],
            failed=row["Failed"],
            last_delivered=in_utc(row["LastDelivered"]) if row["Delivered"] else None,
            last_problem=row["LastProblem"] or "",
        )
        for row in store.rows("notifications/status")
    ]
