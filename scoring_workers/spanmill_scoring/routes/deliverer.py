"""
Sending what is pending: at least once, few at a time, again and again until it has arrived or a day has passed.

A route is given so many messages a minute. What has not been tried yet and is too much for that is told in one summary.
After a failure, the rest of the route waits for the next pass; each message has its own time for the next attempt.
"""

import logging
import os
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from spanmill_scoring.routes import signature
from spanmill_scoring.routes.addresses import RefusedAddress
from spanmill_scoring.routes.alerts import Moment
from spanmill_scoring.routes.destinations import Destination
from spanmill_scoring.routes.lease import Leases
from spanmill_scoring.routes.messages import of_many
from spanmill_scoring.routes.transport import Answer, NotSent, Transport
from spanmill_scoring.rules.environment import address_of, key_for
from spanmill_scoring.rules.routes import Webhook
from spanmill_store import notifications
from spanmill_store.client import Store
from spanmill_store.notifications import Notification, notification_id

logger = logging.getLogger(__name__)

FIRST_WAIT_S: Final = 10.0
LONGEST_WAIT_S: Final = 3600.0
JITTER: Final = 0.2
"""Waits differ by up to this share, so that what failed together is not tried together."""

GIVE_UP_AFTER_S: Final = 86_400.0
GONE: Final = 410
"""What a receiver answers that wants nothing any more."""

PASS_S: Final = 20.0
"""After so long, the rest of a route waits for the next pass."""

THREADS: Final = 4
_MINUTE_NS: Final = 60_000_000_000


class _Failed(Exception):
    """An attempt has failed; *is_final*: there need not be another. *wait_s*: what the receiver asks for."""

    def __init__(self, reason: str, *, is_final: bool = False, wait_s: float = 0.0) -> None:
        super().__init__(reason)
        self.is_final = is_final
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Deliverer:
    """
    Sends over *transport* what lies in *store*.

    Attributes:
        chance: A number in [0, 1), for the waits.
    """

    store: Store
    transport: Transport
    leases: Leases
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    chance: Callable[[], float] = secrets.SystemRandom().random

    def deliver(self, destinations: Mapping[str, Destination], now: Moment) -> int:
        """
        Send what is due to *destinations*, by route, and return how many messages have arrived.

        Raises:
            StoreUnavailable: What was sent and could not be noted is sent again.
        """
        routes = list(notifications.due(self.store, now.ns))
        if not routes:
            return 0
        with ThreadPoolExecutor(THREADS, "deliver") as threads:
            return sum(threads.map(lambda route: self._route(destinations.get(route), route, now), routes))

    def _route(self, to: Destination | None, route: str, now: Moment) -> int:
        if not self.leases.take(route):
            return 0
        try:
            # Asked again: until the lease was taken, another process may have sent what was due.
            rows = notifications.due(self.store, now.ns, route).get(route, [])
            if to is None:
                self._leave(rows, now)
                return 0
            sent = notifications.sent(self.store, now.ns - _MINUTE_NS).get(route, 0)
            return self._send_all(to, self._chosen(to, rows, to.sent.per_minute - sent, now), now)
        finally:
            self.leases.give_back(route)

    def _leave(self, rows: Sequence[Notification], now: Moment) -> None:
        """Keep what no rule in force has a route for, for a mistake in the rules may be mended, but not for ever."""
        old = [row for row in rows if (now.time - row.time).total_seconds() >= GIVE_UP_AFTER_S]
        notifications.record(self.store, [_ended(row, now, "no rule has this route any more") for row in old])

    def _chosen(self, to: Destination, rows: Sequence[Notification], free: int, now: Moment) -> Sequence[Notification]:
        """Those of *rows* that are sent now, at most *free*; flags that are too many become one summary among them."""
        if free <= 0 or len(rows) <= free:
            return rows[: max(0, free)]
        urgent = [row for row in rows if row.kind == "alert"]
        others = [row for row in rows if row.kind != "alert"]
        first, rest = [*urgent, *others][: free - 1], [*urgent, *others][free - 1 :]
        grouped = [row for row in rest if row.kind == "flag" and not row.attempts]
        if len(grouped) < 2:
            return [*first, *rest[:1]]
        summary = _summary(to, grouped, now.time)
        ended = [replace(row, state="grouped", reason=f"summary {summary.notification_id}") for row in grouped]
        notifications.record(self.store, [summary, *ended])
        return [*first, summary]

    def _send_all(self, to: Destination, rows: Sequence[Notification], now: Moment) -> int:
        bodies = notifications.bodies(self.store, [row.notification_id for row in rows]) if rows else {}
        begun = time.monotonic()
        for number, row in enumerate(rows):
            if time.monotonic() - begun > PASS_S:
                return number
            try:
                self._send(to, row, bodies[row.notification_id], now)
            except _Failed as error:
                self._note_failure(replace(row, body=bodies[row.notification_id]), error, now)
                return number
            done = replace(row, state="delivered", body="", reason="", attempts=row.attempts + 1, attempt_time=now.time)
            notifications.record(self.store, [done])
        return len(rows)

    def _send(self, to: Destination, row: Notification, text: str, now: Moment) -> None:
        body = text.encode("utf-8", "replace")
        headers = {"content-type": "application/json", "user-agent": "spanmill"}
        try:
            url = address_of(to.sent, self.environment)
            if isinstance(to.sent, Webhook):
                key = key_for(to.sent, self.environment)
                headers |= signature.headers(key, row.notification_id, now.ns // 1_000_000_000, body)
            answer = self.transport.post(url, headers, body)
        except KeyError as error:
            raise _Failed(f"environment variable {error.args[0]} is not set where the planner runs") from error
        except (RefusedAddress, NotSent, signature.InvalidSecret) as error:
            raise _Failed(str(error)) from error
        _require_success(answer)

    def _note_failure(self, row: Notification, error: _Failed, now: Moment) -> None:
        attempts = row.attempts + 1
        age_s = (now.time - row.time).total_seconds()
        if error.is_final or age_s >= GIVE_UP_AFTER_S:
            notifications.record(self.store, [_ended(replace(row, attempts=attempts), now, str(error))])
            logger.warning("rule %s: %s was given up after %d attempts: %s", row.rule, row.route, attempts, error)
            return
        wait_s = max(error.wait_s, wait_after(attempts, self.chance()))
        next_time = now.time + timedelta(seconds=min(wait_s, LONGEST_WAIT_S * (1 + JITTER)))
        later = replace(row, attempts=attempts, attempt_time=now.time, next_time=next_time, reason=str(error))
        notifications.record(self.store, [later])


def wait_after(attempts: int, chance: float) -> float:
    """Return how many seconds to wait after so many *attempts*: twice as long each time, more or less by *chance*."""
    wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(attempts - 1, 30))
    return wait_s * (1 - JITTER + 2 * JITTER * chance)


def _require_success(answer: Answer) -> None:
    if 200 <= answer.status < 300:
        return
    said = f": {answer.text}" if answer.text else ""
    hint = " (redirects are not followed)" if 300 <= answer.status < 400 else ""
    reason = f"the receiver answered HTTP {answer.status}{hint}{said}"
    raise _Failed(reason, is_final=answer.status == GONE, wait_s=answer.retry_after_s or 0.0)


def _ended(row: Notification, now: Moment, reason: str) -> Notification:
    """*row*, given up."""
    return replace(row, state="failed", body="", reason=reason, attempt_time=now.time if row.attempts else None)


def _summary(to: Destination, grouped: Sequence[Notification], now: datetime) -> Notification:
    ids = sorted(row.notification_id for row in grouped)
    rules = sorted({row.rule for row in grouped})
    return Notification(
        project=grouped[0].project,
        notification_id=notification_id("summary", to.key, *ids),
        time=now,
        kind="summary",
        rule=rules[0],
        route=to.key,
        trace_id="",
        span_id="",
        session_id="",
        body=of_many(to.kind, grouped, now),
        next_time=now,
    )
