"""
The planner: what must be scored follows from rows, so it asks ClickHouse and tells Redis.

Each tick finds out which traces are complete, enters those that a rule's ledger does not know into it, and offers what
waits to the workers. Any tick may fail half way, run twice, or run in two processes at once: the ledger keeps one state
per target.
"""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Final, NamedTuple

import redis

from spanmill_scoring import dependents
from spanmill_scoring.budget.pace import Pace
from spanmill_scoring.progress import Progress
from spanmill_scoring.queue.offers import WHOLE, Offers
from spanmill_scoring.rules.files import RuleBook
from spanmill_scoring.rules.loaded import LoadedRule
from spanmill_scoring.rules.watched import WatchedRules
from spanmill_scoring.throttle import Throttle
from spanmill_store import completion, ledger, session_completion
from spanmill_store.client import Store
from spanmill_store.completion import Patience
from spanmill_store.cursors import COMPLETION, SESSIONS, Key
from spanmill_store.errors import QueryRejected, SpanmillError, StoreError
from spanmill_store.ledger import LedgerRow
from spanmill_store.scoring import parts
from spanmill_store.scoring.checks import require_compilable
from spanmill_store.scoring.dependents import Need
from spanmill_store.scoring.parts import NOBODY
from spanmill_store.scoring.plan import clock_ns, plan, plan_apart
from spanmill_store.scoring.predicates import PredicateError
from spanmill_store.targets import TargetId

logger = logging.getLogger(__name__)

TICK_S: Final = 1.0
"""A tick begins so long after the one before it began; one that took long is followed by a rest half as long."""

MAX_WAITING: Final = 20_000
"""Targets of one rule that are read in one tick; the rest comes later."""

_SECOND_NS: Final = 1_000_000_000
_LEARN_NS: Final = 600 * _SECOND_NS
"""How often it is learned how late spans come."""


class _Look(NamedTuple):
    """
    Completed traces or sessions that rules look at together.

    Attributes:
        since_ns: They became complete after it.
        but: The planner whose own are left out, or `NOBODY`.
        alone: The rule that is planned alone, since its condition could not be computed; else ''.
    """

    scope: str
    since_ns: int
    but: str
    alone: str


class Planner:
    """Ticks over the rules in force. Holds only memory that may be lost."""

    def __init__(
        self,
        store: Store,
        rules: WatchedRules,
        offers: Offers,
        throttle: Throttle | None = None,
        clock: Callable[[Store], int] = clock_ns,
    ) -> None:
        self._store = store
        self._rules = rules
        self._offers = offers
        self._throttle = throttle or Throttle(logger)
        self._clock = clock
        self._progress = Progress(store)
        self._pace = Pace(store)
        self._learned_ns: int | None = None
        self._has_new = False
        self._alone: set[Key] = set()
        self._compiled: dict[Key, bool] = {}

    def tick(self) -> None:
        """
        Plan and offer once.

        Raises:
            StoreUnavailable, redis.RedisError: Nothing is lost; tick again.
        """
        rules = self._usable(self._rules.current())
        now_ns = self._clock(self._store)
        patience = patience_of(rules)
        self._pace.refresh(rules)
        rules = [self._pace.slowed(loaded) for loaded in rules]
        is_wide = self._progress.is_wide(now_ns)
        # What was found is owed to the rules until they have seen it, whatever fails in between: also an answer.
        was_owed, self._has_new = self._has_new, True
        self._has_new = self._complete(patience, now_ns, is_wide=is_wide) or was_owed
        if any(loaded.rule.scope == "session" for loaded in rules):
            self._has_new = self._complete_sessions(patience, now_ns, is_wide=is_wide) or self._has_new
        self._plan_all(rules, patience, now_ns, is_wide=is_wide)
        self._has_new = False
        in_force = {(loaded.name, loaded.version) for loaded in rules}
        for loaded in rules:
            if loaded.is_dependent:
                self._guarded(loaded, partial(self._decide, in_force, now_ns))
        if is_wide:
            self._progress.end_wide(now_ns)
        self._offers.refresh()
        self._offer_whole([loaded for loaded in rules if self._offers.is_whole(loaded)])
        rest = [loaded for loaded in rules if not self._offers.is_whole(loaded)]
        waiting = ledger.waiting(self._store, [(loaded.name, loaded.version) for loaded in rest], MAX_WAITING)
        for loaded in rest:
            self._offer(loaded, waiting[loaded.name, loaded.version])

    def _complete(self, patience: Patience, now_ns: int, *, is_wide: bool) -> bool:
        """Find out which traces are complete, and return whether some are that were not."""
        if is_wide and (self._learned_ns is None or now_ns - self._learned_ns >= _LEARN_NS):
            completion.learn(self._store, now_ns)
            self._learned_ns = now_ns
        since_ns = self._progress.since_ns(COMPLETION, now_ns, _lookback_ns(patience), is_wide=is_wide)
        found = completion.complete(
            self._store, patience, now_ns, since_ns, is_wide=is_wide, planner=self._progress.planner
        )
        self._progress.reach(COMPLETION, now_ns)
        if found:
            logger.info("%d traces are complete", found)
        return bool(found)

    def _complete_sessions(self, patience: Patience, now_ns: int, *, is_wide: bool) -> bool:
        """The same of sessions, which only rules with that scope pay for."""
        since_ns = self._progress.since_ns(SESSIONS, now_ns, _lookback_ns(patience), is_wide=is_wide)
        found = session_completion.complete(self._store, patience, now_ns, since_ns, planner=self._progress.planner)
        self._progress.reach(SESSIONS, now_ns)
        if found:
            logger.info("%d sessions are complete", found)
        return bool(found)

    def _plan_all(self, rules: Iterable[LoadedRule], patience: Patience, now_ns: int, *, is_wide: bool) -> None:
        """Plan together what begins at the same time, and one by one where ClickHouse cannot compute a condition."""
        together: defaultdict[_Look, list[LoadedRule]] = defaultdict(list)
        for loaded in rules:
            for look in self._looks(loaded, now_ns, _lookback_ns(patience), is_wide=is_wide):
                together[look].append(loaded)
        for look, group in together.items():
            try:
                self._plan(look, now_ns, group)
            except QueryRejected:
                for one in group:
                    self._guarded(one, partial(self._plan_alone, look, now_ns))

    def _looks(self, loaded: LoadedRule, now_ns: int, lookback_ns: int, *, is_wide: bool) -> Iterator[_Look]:
        """What of the completed traces *loaded* has to look at: those that are new, and late ones of other planners."""
        key = (loaded.name, loaded.version)
        has_begun = self._progress.has_begun(key)
        alone = loaded.name if key in self._alone else ""
        if alone and not is_wide:
            return  # What could not be computed is tried once a minute.
        if self._has_new or alone or not has_begun:
            since_ns = self._progress.since_ns(key, now_ns, lookback_ns, is_wide=not has_begun)
            yield _Look(loaded.rule.scope, since_ns, NOBODY, alone)
        if is_wide and has_begun:
            since_ns = self._progress.since_ns(key, now_ns, lookback_ns, is_wide=True)
            yield _Look(loaded.rule.scope, since_ns, self._progress.planner, alone)

    def _plan_alone(self, look: _Look, now_ns: int, loaded: LoadedRule) -> None:
        self._alone.add((loaded.name, loaded.version))
        if loaded.is_dependent:
            self._plan(look, now_ns, [loaded])
        else:
            entered = plan_apart(self._store, loaded.planned, since_ns=look.since_ns, now_ns=now_ns, but=look.but)
            self._planned(look, now_ns, [loaded], entered)
        self._alone.discard((loaded.name, loaded.version))

    def _plan(self, look: _Look, now_ns: int, group: Sequence[LoadedRule]) -> None:
        planned = [loaded.planned for loaded in group if not loaded.is_dependent]
        entered = plan(self._store, planned, since_ns=look.since_ns, now_ns=now_ns, but=look.but)
        self._planned(look, now_ns, group, entered)

    def _planned(self, look: _Look, now_ns: int, group: Sequence[LoadedRule], entered: int) -> None:
        for loaded in group:
            if loaded.is_dependent:
                found = parts.lately(self._store, loaded.rule.scope, look.since_ns, look.but)
                entered += dependents.hold(self._store, loaded, found, now_ns=now_ns)
        for loaded in group:
            key = (loaded.name, loaded.version)
            self._throttle.over(loaded.name, f"Rule {loaded.name!r} is planned again.")
            if not self._progress.has_begun(key):
                ledger.close_other_versions(self._store, loaded.name, loaded.version)
            if look.but == NOBODY:
                self._progress.reach(key, now_ns)
        if entered:
            logger.info("%d more targets of %d rules are known", entered, len(group))

    def _decide(self, in_force: AbstractSet[Need], now_ns: int, loaded: LoadedRule) -> None:
        """Decide about what waited for scores of other rules."""
        if decided := dependents.decide(self._store, loaded, in_force, now_ns):
            logger.info("rule %s: decided about %d targets by what other rules said", loaded.name, decided)

    def _usable(self, book: RuleBook) -> list[LoadedRule]:
        return [loaded for loaded in book.rules.values() if self._compiles(loaded)]

    def _compiles(self, loaded: LoadedRule) -> bool:
        key = (loaded.name, loaded.version)
        if key not in self._compiled:
            try:
                require_compilable(
                    self._store,
                    loaded.rule.scope,
                    loaded.conditions,
                    loaded.scorer_sql,
                    is_dependent=loaded.is_dependent,
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

    def _offer_whole(self, rules: Iterable[LoadedRule]) -> None:
        """Offer everything that waits for *rules* in a job each, unless the last one is still underway."""
        idle = {(loaded.name, loaded.version): loaded for loaded in rules if not self._offers.is_underway(loaded)}
        for key in sorted(ledger.with_waiting(self._store, list(idle))):
            due, _ = self._offers.due(idle[key], [WHOLE])
            if due:
                self._offers.make(idle[key], due)

    def _offer(self, loaded: LoadedRule, waiting: Sequence[TargetId]) -> None:
        due, hopeless = self._offers.due(loaded, waiting)
        if due:
            jobs = self._offers.make(loaded, due)
            logger.info("rule %s: offered %d targets in %d jobs", loaded.name, len(due), jobs)
        if hopeless:
            reason = "its worker died or ran out of time whenever it was scored"
            now = datetime.now(UTC)
            sampled = ledger.waiting_among(self._store, loaded.name, loaded.version, hopeless)
            rows = [
                LedgerRow(target, loaded.name, loaded.version, "scorer_error", reason, now, how)
                for target, how in sampled.items()
            ]
            ledger.insert(self._store, rows)
            logger.warning("rule %s: gave up %d targets, because %s", loaded.name, len(hopeless), reason)


def run(planner: Planner, stop: threading.Event, tick_s: float = TICK_S) -> None:
    """Tick until *stop* is set. While ClickHouse or Redis is away, say so now and then and keep trying."""
    throttle = Throttle(logger)
    while not stop.is_set():
        began_s = time.monotonic()
        try:
            planner.tick()
        except (StoreError, redis.RedisError, OSError) as error:
            sentence = str(error) if isinstance(error, SpanmillError) else f"Redis cannot be used: {error}."
            throttle.warn("away", f"{sentence} Nothing is lost; trying again every {tick_s:g} s.")
        else:
            throttle.over("away", "The planner goes on.")
        took_s = time.monotonic() - began_s
        stop.wait(max(tick_s - took_s, min(tick_s, took_s / 2)))  # others need the database, too


def patience_of(rules: Iterable[LoadedRule]) -> Patience:
    """The longest that any of the rules' files asks for: a trace is complete for all rules at the same time."""
    wanted = [loaded.completion.patience for loaded in rules]
    if not wanted:
        return Patience()
    fields = {name: max(getattr(one, name) for one in wanted) for name in Patience.__dataclass_fields__}
    return replace(wanted[0], **fields)


def _lookback_ns(patience: Patience) -> int:
    return int(patience.lookback_s * _SECOND_NS)
