"""
The planner: what must be scored follows from rows, so it asks ClickHouse and tells Redis.

Each tick finds out which traces are complete, enters those that a rule's ledger does not know into it, and offers what
waits to the workers. Any tick may fail half way, run twice, or run in two processes at once: the ledger keeps one state
per target.
"""

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Final

import redis

from spanmill_scoring.queue.offers import Offers
from spanmill_scoring.rules.files import LoadedRule, RuleBook
from spanmill_scoring.rules.watched import WatchedRules
from spanmill_scoring.throttle import Throttle
from spanmill_store import completion, ledger
from spanmill_store.client import Store
from spanmill_store.completion import Patience
from spanmill_store.errors import QueryRejected, SpanmillError, StoreError
from spanmill_store.ledger import LedgerRow
from spanmill_store.scoring.checks import require_compilable
from spanmill_store.scoring.plan import clock_ns, plan
from spanmill_store.scoring.predicates import PredicateError

logger = logging.getLogger(__name__)

TICK_S: Final = 1.0
MAX_WAITING: Final = 20_000
"""Targets of one rule that are read in one tick; the rest comes later."""

_SECOND_NS: Final = 1_000_000_000
_OVERLAP_NS: Final = 60 * _SECOND_NS
"""How far a rule looks back behind its last tick, for what another planner found to be complete meanwhile."""

_SWEEP_NS: Final = 600 * _SECOND_NS
"""How often everything within the lookback is looked at, for rows of replicas that lag, and lateness is learned."""

_Key = tuple[str, str]


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
        self._looked_ns: int | None = None
        self._swept_ns: int | None = None
        self._planned_ns: dict[_Key, int] = {}
        self._alone: set[_Key] = set()
        self._compiled: dict[_Key, bool] = {}

    def tick(self) -> None:
        """
        Plan and offer once.

        Raises:
            StoreUnavailable, redis.RedisError: Nothing is lost; tick again.
        """
        rules = self._usable(self._rules.current())
        now_ns = self._clock(self._store)
        is_sweep = self._swept_ns is None or now_ns - self._swept_ns > _SWEEP_NS
        patience = patience_of(rules)
        self._complete(patience, now_ns, is_sweep=is_sweep)
        self._plan_all(rules, patience, now_ns, is_sweep=is_sweep)
        if is_sweep:
            self._swept_ns = now_ns
        self._offers.refresh()
        for loaded in rules:
            self._guarded(loaded, self._offer)

    def _complete(self, patience: Patience, now_ns: int, *, is_sweep: bool) -> None:
        if is_sweep:
            completion.learn(self._store, now_ns)
        found = completion.complete(self._store, patience, now_ns, None if is_sweep else self._looked_ns)
        self._looked_ns = now_ns
        if found:
            logger.info("%d traces are complete", found)

    def _plan_all(self, rules: Iterable[LoadedRule], patience: Patience, now_ns: int, *, is_sweep: bool) -> None:
        """Plan together what begins at the same time, and one by one where ClickHouse cannot compute a condition."""
        together: defaultdict[tuple[str, int, str], list[LoadedRule]] = defaultdict(list)
        for loaded in rules:
            planned_ns = self._planned_ns.get((loaded.name, loaded.version))
            is_known = planned_ns is not None and not is_sweep
            since_ns = planned_ns - _OVERLAP_NS if planned_ns is not None and is_known else _begin(patience, now_ns)
            alone = loaded.name if (loaded.name, loaded.version) in self._alone else ""
            together[loaded.rule.scope, since_ns, alone].append(loaded)
        for (_, since_ns, _), group in together.items():
            try:
                self._plan(group, since_ns, now_ns)
            except QueryRejected:
                for one in group:
                    self._guarded(one, partial(self._plan_one, since_ns, now_ns))

    def _plan_one(self, since_ns: int, now_ns: int, loaded: LoadedRule) -> None:
        self._alone.add((loaded.name, loaded.version))
        self._plan([loaded], since_ns, now_ns)
        self._alone.discard((loaded.name, loaded.version))

    def _plan(self, group: Sequence[LoadedRule], since_ns: int, now_ns: int) -> None:
        entered = plan(self._store, [loaded.planned for loaded in group], since_ns=since_ns, now_ns=now_ns)
        for loaded in group:
            key = (loaded.name, loaded.version)
            self._throttle.over(loaded.name, f"Rule {loaded.name!r} is planned again.")
            if key not in self._planned_ns:
                ledger.close_other_versions(self._store, loaded.name, loaded.version)
            self._planned_ns[key] = now_ns
        if entered:
            logger.info("%d more targets of %d rules are known", entered, len(group))

    def _usable(self, book: RuleBook) -> list[LoadedRule]:
        return [loaded for loaded in book.rules.values() if self._compiles(loaded)]

    def _compiles(self, loaded: LoadedRule) -> bool:
        key = (loaded.name, loaded.version)
        if key not in self._compiled:
            try:
                require_compilable(self._store, loaded.rule.scope, loaded.conditions, loaded.scorer_sql)
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

    def _offer(self, loaded: LoadedRule) -> None:
        waiting = ledger.waiting(self._store, loaded.name, loaded.version, MAX_WAITING)
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
        try:
            planner.tick()
        except (StoreError, redis.RedisError, OSError) as error:
            sentence = str(error) if isinstance(error, SpanmillError) else f"Redis cannot be used: {error}."
            throttle.warn("away", f"{sentence} Nothing is lost; trying again every {tick_s:g} s.")
        else:
            throttle.over("away", "The planner goes on.")
        stop.wait(tick_s)


def patience_of(rules: Iterable[LoadedRule]) -> Patience:
    """The longest that any of the rules' files asks for: a trace is complete for all rules at the same time."""
    wanted = [loaded.completion.patience for loaded in rules]
    if not wanted:
        return Patience()
    fields = {name: max(getattr(one, name) for one in wanted) for name in Patience.__dataclass_fields__}
    return replace(wanted[0], **fields)


def _begin(patience: Patience, now_ns: int) -> int:
    """When the first of the traces was complete that a rule looks at which is new."""
    return now_ns - int(patience.lookback_s * _SECOND_NS)
