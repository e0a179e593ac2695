"""
Workers: RQ's forking worker on one queue, with our jobs only.

A job runs in a child of its own, and users' scorers in a child of that (`spanmill_scoring.isolation`), so one that
crashes, leaks or hangs takes nobody with it. The parent keeps the rules and the imported scorers fresh and never
touches ClickHouse.
"""

import contextlib
import gc
import importlib
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from redis import Redis
from rq import Queue, Worker
from rq.job import Job

from spanmill_scoring.judge.slots import SharedSlots, Slots
from spanmill_scoring.python_calls import Scorer
from spanmill_scoring.python_source import ScorerNotFound
from spanmill_scoring.queue.jobs import SERIALIZER, Pool, performing
from spanmill_scoring.queue.offers import WORK_S
from spanmill_scoring.queue.signing import Signer
from spanmill_scoring.rules.files import RuleBook
from spanmill_scoring.rules.loaded import LoadedRule
from spanmill_scoring.rules.watched import WatchedRules
from spanmill_scoring.scoring import Bench, load_scorer, score
from spanmill_store.client import Store
from spanmill_store.errors import StoreUnavailable
from spanmill_store.scoring.preload import preload
from spanmill_store.targets import TargetId

logger = logging.getLogger(__name__)

HEARTBEAT_S: Final = 5
MAINTENANCE_S: Final = 30
MAX_RECONNECT_WAIT_S: Final = 5.0
AWAY_PAUSE_S: Final = 1.0


class ScorerBench:
    """The rules in force and their Python scorers, imported once per version and inherited by every child."""

    def __init__(self, rules: WatchedRules, pool: Pool) -> None:
        self._rules = rules
        self._pool = pool
        self._scorers: dict[str, Scorer] = {}

    def refresh(self) -> RuleBook:
        """Re-read the rules if they changed and import what their scorers need, before a child is forked."""
        book = self._rules.current()
        for loaded in book.rules.values():
            if (builtin := loaded.rule.python_builtin) is not None and loaded.rule.pool == self._pool:
                builtin.prepare()
            if loaded.rule.pool == self._pool and loaded.rule.python and loaded.version not in self._scorers:
                try:
                    self._scorers[loaded.version] = load_scorer(loaded)
                except ScorerNotFound as error:
                    logger.warning("Rule %r: %s", loaded.name, error)
        return book

    def rule(self, name: str, version: str) -> LoadedRule | None:
        """Return the rule called *name* if it is in force in this very *version*."""
        loaded = self._rules.current().rules.get(name)
        return loaded if loaded is not None and loaded.version == version else None

    def scorer(self, loaded: LoadedRule) -> Scorer:
        """
        Return the Python scorer of *loaded*.

        Raises:
            ScorerNotFound: It cannot be imported.
        """
        return self._scorers.get(loaded.version) or load_scorer(loaded)


class SpanmillWorker(Worker):
    """RQ's worker, which looks at the rules before each job."""

    max_connection_wait_time = MAX_RECONNECT_WAIT_S
    log_result_lifespan = False
    before_job: Callable[[], object] = staticmethod(lambda: None)

    @property
    def is_stopping(self) -> bool:
        """Whether a signal asked it to stop."""
        return self._shutdown_requested_date is not None  # set for an idle worker too, unlike `_stop_requested`

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Refresh the rules, then fork the child that performs *job*."""
        self.before_job()
        super().execute_job(job, queue)

    def procline(self, message: str) -> None:
        """Leave the process's title alone."""


def build(
    redis: Redis, pool: Pool, clickhouse_url: str, rules: WatchedRules, signer: Signer | None = None
) -> SpanmillWorker:
    """Return a worker of *pool* that is ready to work, on jobs that *signer* accepts."""
    preload()
    bench = ScorerBench(rules, pool)
    bench.refresh()
    slots = None
    if pool == "judge":
        slots = SharedSlots(redis)
        # What asks judges takes a second to import: once here, not again in the child of each job.
        importlib.import_module("spanmill_scoring.judge.scorer")

    def perform(rule: str, version: str, targets: list[list[str]]) -> None:
        score_job(bench, clickhouse_url, rule, version, [TargetId(*target) for target in targets], slots)

    worker = SpanmillWorker(
        [pool],
        connection=redis,
        job_class=performing(perform, signer or Signer()),
        serializer=SERIALIZER,
        maintenance_interval=MAINTENANCE_S,
        job_monitoring_interval=HEARTBEAT_S,
        log_job_description=False,
    )
    worker.before_job = bench.refresh
    return worker


def score_job(
    bench: ScorerBench,
    clickhouse_url: str,
    rule: str,
    version: str,
    targets: list[TargetId],
    slots: Slots | None = None,
) -> None:
    """Perform one job. Whatever keeps it from scoring leaves its targets waiting, for the planner to offer again."""
    loaded = bench.rule(rule, version)
    if loaded is None:
        logger.warning("rule %s is not in force in version %s: its targets go on waiting", rule, version)
        return
    try:
        with _uncollected(), Store.connect(clickhouse_url) as store:
            states = score(Bench(store, bench.scorer, slots=slots, work_s=WORK_S), loaded, targets)
    except StoreUnavailable as error:
        logger.warning("%s The targets of rule %s go on waiting.", error, rule)
        # Without a pause the worker would rush through its whole queue, one such line for each job.
        time.sleep(AWAY_PAUSE_S)
        return
    logger.info("rule %s: %s", rule, _summary(states, len(targets)))


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Look for no garbage in cycles: a job makes hundreds of thousands of objects, few of them, and ends soon."""
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


def _summary(states: Counter[str], offered: int) -> str:
    told = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    return told or (f"nothing to do for {offered} targets" if offered else "nothing waits any more")
