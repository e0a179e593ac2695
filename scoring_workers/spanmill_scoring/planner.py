"""
The planner: what must be scored follows from rows, so it asks ClickHouse and tells Redis.

Each tick enters complete traces that a rule's ledger does not know into it, then offers what waits to the workers. Any
tick may fail half way, run twice, or run in two processes at once: the ledger keeps one state per target.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import redis

from spanmill_scoring.queue.offers import Offers
from spanmill_scoring.rules.files import LoadedRule, RuleBook
from spanmill_scoring.rules.watched import WatchedRules
from spanmill_scoring.throttle import Throttle
from spanmill_store import ledger
from spanmill_store.client import Store
from spanmill_store.errors import QueryRejected, SpanmillError, StoreError
from spanmill_store.ledger import LedgerRow
from spanmill_store.scoring.checks import require_compilable
from spanmill_store.scoring.plan import Window, clock_ns, plan
from spanmill_store.scoring.predicates import PredicateError

logger = logging.getLogger(__name__)

TICK_S: Final = 1.0
MAX_WAITING: Final = 20_000
"""Targets of one rule that are read in one tick; the rest comes later."""

_SECOND_NS: Final = 1_000_000_000
_OVERLAP_NS: Final = 120 * _SECOND_NS
"""How far a tick looks back beyond the last one: spans may become visible a little after their IngestTime."""

_SWEEP_NS: Final = 600 * _SECOND_NS
"""How often a tick looks at everything within ``completion.lookback_s``, for spans that came with an old IngestTime."""

_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Seen:
    """Up to where one rule version was planned, and when all of its window was last looked at."""

    idle_until_ns: int
    old_until_ns: int
    swept_ns: int


class Planner:
    """Ticks over the rules in force. Holds only memory that may be lost."""

    def __init__(self, store: Store, rules: WatchedRules, offers: Offers, throttle: Throttle | None = None) -> None:
        self._store = store
        self._rules = rules
        self._offers = offers
        self._throttle = throttle or Throttle(logger)
        self._seen: dict[_Key, _Seen] = {}
        self._compiled: dict[_Key, bool] = {}

    def tick(self) -> None:
        """
        Plan and offer once.

        Raises:
            StoreUnavailable, redis.RedisError: Nothing is lost; tick again.
        """
        rules = self._usable(self._rules.current())
        now_ns = clock_ns(self._store)
        for loaded in rules:
            self._guarded(loaded, lambda rule: self._plan(rule, now_ns))
        self._offers.refresh()
        for loaded in rules:
            self._guarded(loaded, self._offer)

    def _usable(self, book: RuleBook) -> list[LoadedRule]:
        return [loaded for loaded in book.rules.values() if self._compiles(loaded)]

    def _compiles(self, loaded: LoadedRule) -> bool:
        key = (loaded.name, loaded.version)
        if key not in self._compiled:
            try:
                require_compilable(
                    self._store, loaded.rule.scope, {place[-1]: sql for place, sql in loaded.sql.items()}
                )
                self._compiled[key] = True
            except PredicateError as error:
                logger.warning("%s, line %d: rule %r is left out: %s", loaded.file, loaded.line, loaded.name, error)
                self._compiled[key] = False
        return self._compiled[key]

    def _guarded(self, loaded: LoadedRule, step: Callable[[LoadedRule], None]) -> None:
        try:
            step(loaded)
        except QueryRejected as error:
            self._throttle.warn(loaded.name, f"Rule {loaded.name!r} cannot be planned: {error}")

    def _plan(self, loaded: LoadedRule, now_ns: int) -> None:
        key = (loaded.name, loaded.version)
        window, seen = _window(loaded, now_ns, self._seen.get(key))
        entered = plan(
            self._store,
            rule=loaded.name,
            version=loaded.version,
            scope=loaded.rule.scope,
            where=loaded.sql.get(("where",)),
            sample=loaded.rule.sample,
            window=window,
        )
        self._throttle.over(loaded.name, f"Rule {loaded.name!r} is planned again.")
        if key not in self._seen:
            ledger.close_other_versions(self._store, loaded.name, loaded.version)
        self._seen[key] = seen
        if entered:
            logger.info("rule %s: %d more targets are known", loaded.name, entered)

    def _offer(self, loaded: LoadedRule) -> None:
        waiting = ledger.waiting(self._store, loaded.name, loaded.version, MAX_WAITING)
        due, hopeless = self._offers.due(loaded, waiting)
        if due:
            jobs = self._offers.make(loaded, due)
            logger.info("rule %s: offered %d targets in %d jobs", loaded.name, len(due), jobs)
        if hopeless:
            reason = "its worker died or ran out of time whenever it was scored"
            now = datetime.now(UTC)
            rows = [LedgerRow(target, loaded.name, loaded.version, "scorer_error", reason, now) for target in hopeless]
            ledger.insert(self._store, rows)
            logger.warning("rule %s: gave up %d targets, because %s", loaded.name, len(hopeless), reason)


def run(planner: Planner, stop: threading.Event, tick_s: float = TICK_S) -> None:
    """Tick until *stop* is set. While ClickHouse or Redis is away, say so now and then and keep trying."""
    throttle = Throttle(logger)
    while not stop.is_set():
        try:
            planner.tick()
        except (StoreError, redis.RedisError, OSError) as error:
            sentence = str(error) if isinstance(error, SpanmillError) else f"Redis cannot be used: {error}."
            throttle.warn("away", f"{sentence} Nothing is lost; trying again every {tick_s:g} s.")
        else:
            throttle.over("away", "The planner goes on.")
        stop.wait(tick_s)


def _window(loaded: LoadedRule, now_ns: int, seen: _Seen | None) -> tuple[Window, _Seen]:
    """Return what to look at: what has come since the last tick, or everything from time to time."""
    completion = loaded.completion
    idle_until = now_ns - int(completion.idle_s * _SECOND_NS)
    old_until = now_ns - int(max(completion.max_age_s, completion.idle_s) * _SECOND_NS)
    if seen is None or now_ns - seen.swept_ns > _SWEEP_NS:
        since = old_until - int(completion.lookback_s * _SECOND_NS)
        window = Window(now_ns, since, idle_until, since, old_until)
        return window, _Seen(idle_until, old_until, now_ns)
    window = Window(now_ns, seen.idle_until_ns - _OVERLAP_NS, idle_until, seen.old_until_ns - _OVERLAP_NS, old_until)
    return window, _Seen(idle_until, old_until, seen.swept_ns)
