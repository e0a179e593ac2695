"""Planner and worker in one process, for tests that look at what they do rather than at how they run."""

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from redis import Redis
from rq import Queue

from spanmill_scoring.planner import Planner
from spanmill_scoring.queue.jobs import SERIALIZER, SpanmillJob
from spanmill_scoring.queue.offers import STALE_AFTER_S, Offers
from spanmill_scoring.rules.files import load
from spanmill_scoring.rules.loaded import LoadedRule
from spanmill_scoring.rules.watched import WatchedRules
from spanmill_scoring.scoring import Bench, load_scorer, score
from spanmill_store import ledger
from spanmill_store.client import Store
from spanmill_store.ledger import RuleStatus
from spanmill_store.scoring.plan import clock_ns
from spanmill_store.targets import TargetId

SETTLED_S = 100.0
"""The planner's clock is so far ahead: what was just stored is complete unless a test says otherwise."""


class ScoringSide:
    """The scoring side of spanmill over one database, one Valkey and one rules file."""

    def __init__(self, store: Store, valkey: Redis, path: Path, environment: Mapping[str, str] | None = None) -> None:
        self.store = store
        self.valkey = valkey
        self.path = path
        self.environment = dict(environment or {})
        self.seconds = itertools.count(step=100)
        self.passed_s = SETTLED_S
        self.planner = self.new_planner()

    def wait(self, seconds: float) -> None:
        """Let time pass for the planner."""
        self.passed_s += seconds

    def new_planner(self, stale_after_s: float = STALE_AFTER_S) -> Planner:
        """A planner that remembers nothing, and for which a long time passes between any two looks at the clock."""
        offers = Offers(self.valkey, stale_after_s, clock=lambda: float(next(self.seconds)))
        return Planner(self.store, WatchedRules(self.path), offers, clock=self._now_ns)

    def _now_ns(self, store: Store) -> int:
        return clock_ns(store) + int(self.passed_s * 1e9)

    def rule(self, name: str) -> LoadedRule:
        """The rule called *name* as its file says now."""
        return load(self.path).rules[name]

    def jobs(self) -> Iterator[SpanmillJob]:
        """Take every queued job away, as a worker would."""
        for pool in ("fast", "judge"):
            queue = Queue(pool, connection=self.valkey, job_class=SpanmillJob, serializer=SERIALIZER)
            for job in queue.get_jobs():
                assert isinstance(job, SpanmillJob)
                queue.remove(job)
                job.delete()
                yield job

    def work(self) -> Counter[str]:
        """Perform every queued job and return how many targets came to which state."""
        return sum((self.perform(*job.args) for job in list(self.jobs())), Counter())

    def perform(self, rule: str, version: str, targets: list[list[str]]) -> Counter[str]:
        """Perform one job."""
        loaded = self.rule(rule)
        assert loaded.version == version
        bench = Bench(self.store, load_scorer, self.environment)
        return score(bench, loaded, [TargetId(*target) for target in targets])

    def turn(self) -> Counter[str]:
        """Plan, offer and work once."""
        self.planner.tick()
        return self.work()

    def status(self, rule: str) -> RuleStatus:
        """How far *rule* has come in its newest version."""
        return next(status for status in ledger.status(self.store) if status.rule == rule)

    def count(self, table: str, condition: str = "1") -> int:
        """Count the current rows of *table*."""
        return int(self.store.select(f"SELECT count() AS n FROM {table} FINAL WHERE {condition}")[0]["n"])

    def states(self, rule: str) -> dict[str, tuple[str, str]]:
        """State and reason of every target of *rule*, by trace id."""
        sql = "SELECT TraceId, State, Reason FROM score_ledger FINAL WHERE Rule = {r:String}"
        return {row["TraceId"]: (row["State"], row["Reason"]) for row in self.store.select(sql, {"r": rule})}
