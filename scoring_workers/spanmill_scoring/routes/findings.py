"""
What rules find becomes items of the review queue and notifications: derived from rows, wherever those were written.

Flags and ambiguous scores since the last look are read. Rows become visible a little after their time, so every look
goes back behind the last one, and once a minute further; ids follow from what is said, so nothing is entered twice.
"""

import logging
from collections.abc import Iterable, Mapping
from typing import Final

from spanmill_scoring.routes.destinations import destinations
from spanmill_scoring.routes.messages import of_flag
from spanmill_scoring.rules.loaded import LoadedRule
from spanmill_store import cursors, findings, notifications, review_queue
from spanmill_store.client import Store
from spanmill_store.cursors import Key
from spanmill_store.findings import Finding
from spanmill_store.notifications import Notification, notification_id
from spanmill_store.review_queue import Item
from spanmill_store.scoring.plan import clock_ns

logger = logging.getLogger(__name__)

CURSOR: Final[Key] = ("/routes", "findings")
"""No rule is called so."""

_SECOND_NS: Final = 1_000_000_000
OVERLAP_NS: Final = 15 * _SECOND_NS
WIDE_EVERY_NS: Final = 60 * _SECOND_NS
WIDE_OVERLAP_NS: Final = 600 * _SECOND_NS
"""Covers workers whose clocks are wrong by so much, and rows that a replica brings late."""


class Findings:
    """Looks at what was found. Holds only memory that may be lost."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._reached_ns: int | None = None
        self._wide_ns = 0

    def look(self, rules: Mapping[str, LoadedRule], now_ns: int | None = None) -> int:
        """
        Enter what was found since the last look, or since another process has looked; return how much of it is new.

        The first look ever, and one for a route that is new, goes back ten minutes and no further.

        Raises:
            StoreUnavailable: Nothing is lost; look again.
        """
        now_ns = clock_ns(self._store) if now_ns is None else now_ns
        if self._reached_ns is None:
            self._reached_ns = cursors.read(self._store).get(CURSOR, now_ns)
        is_wide = now_ns - self._wide_ns >= WIDE_EVERY_NS
        since_ns = self._reached_ns - (WIDE_OVERLAP_NS if is_wide else OVERLAP_NS)
        entered = self._look_since(rules, since_ns)
        self._reached_ns = now_ns
        if is_wide:
            cursors.keep(self._store, {CURSOR: now_ns})
            self._wide_ns = now_ns
        return entered

    def _look_since(self, rules: Mapping[str, LoadedRule], since_ns: int) -> int:
        entered = 0
        routed = [name for name, loaded in rules.items() if loaded.rule.flag is not None and loaded.rule.routes]
        for page in findings.flags(self._store, routed, since_ns):
            entered += self._enter_items(rules, page, "flagged")
            entered += notifications.enter(self._store, _notifications(rules, page))
        ambiguous = {name: loaded.rule.judge.unsure for name, loaded in rules.items() if loaded.rule.judge is not None}
        for page in findings.unsure(self._store, ambiguous, since_ns):
            entered += self._enter_items(rules, page, "unsure")
        return entered

    def _enter_items(self, rules: Mapping[str, LoadedRule], page: Iterable[Finding], why: str) -> int:
        asking = [one for one in page if why == "unsure" or rules[one.rule].rule.review is not None]
        room = self._room(rules, {one.rule for one in asking})
        items = []
        for one in asking:
            if room[one.rule] > 0 or one.is_withdrawn:
                items.append(_item(rules[one.rule], one, why))
                room[one.rule] -= not one.is_withdrawn
        return review_queue.enter(self._store, items)

    def _room(self, rules: Mapping[str, LoadedRule], names: set[str]) -> dict[str, int]:
        """How many more items of each rule may be open."""
        if not names:
            return {}
        open_items = review_queue.open_items(self._store, sorted(names))
        room = {name: max_open(rules[name]) - count for name, count in open_items.items()}
        for name in sorted(name for name, left in room.items() if left <= 0):
            logger.debug("rule %s: %d items are open in the review queue, no more come", name, open_items[name])
        return room


def max_open(loaded: LoadedRule) -> int:
    """How many items of a rule may be open at a time."""
    review = loaded.rule.review
    return review.max_open if review is not None else 1000


def _item(loaded: LoadedRule, found: Finding, why: str) -> Item:
    rule, (project, trace_id, span_id, _) = loaded.rule, found.target
    asked = rule.review.instructions if rule.review is not None else ""
    rubric = rule.judge.rubric if rule.judge is not None else ""
    return Item(
        project=project,
        item_id=review_queue.item_id(found.target, found.rule),
        time=found.time,
        trace_id=trace_id,
        span_id=span_id,
        session_id=found.session_id,
        rule=found.rule,
        rule_version=found.rule_version,
        why=why,
        score_name=found.score_name,
        value=found.value,
        label=found.label,
        reason=found.reason,
        instructions=asked or rubric or rule.description,
        choices=rule.judge.values if rule.judge is not None else {},
        state="withdrawn" if found.is_withdrawn else "open",
    )


def _notifications(rules: Mapping[str, LoadedRule], page: Iterable[Finding]) -> list[Notification]:
    """What is told of *page*: a rule tells of a target once, whatever its version."""
    rows = []
    for one in page:
        loaded = rules[one.rule]
        for to in destinations(loaded, "flags") if not one.is_withdrawn else ():
            project, trace_id, span_id, session_id = one.target
            row = Notification(
                project=project,
                notification_id=notification_id("flag", to.key, project, one.rule, trace_id or session_id, span_id),
                time=one.time,
                kind="flag",
                rule=one.rule,
                route=to.key,
                trace_id=trace_id,
                span_id=span_id,
                session_id=one.session_id,
                body=of_flag(to.kind, one, loaded.rule.description),
                next_time=one.time,
            )
            rows.append(row)
    return rows
