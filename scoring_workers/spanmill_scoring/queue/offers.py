"""
What the planner has handed to Redis and believes to be on its way.

The memory is the planner's own and may be lost: everything in it follows from the ledger, and a target offered twice is
scored once. What it gives is that a waiting target is not offered again while its job lives, is offered again soon when
the job is gone, and not for ever when the target kills its workers.
"""

import hashlib
import json
import logging
import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from redis import Redis
from rq import Queue, Retry
from rq.exceptions import DuplicateJobError
from rq.job import JobStatus
from rq.utils import as_text, str_to_date

from spanmill_scoring import sql_runs
from spanmill_scoring.queue.jobs import SCORE, SERIALIZER, Pool, SpanmillJob
from spanmill_scoring.queue.signing import Signer
from spanmill_scoring.rules.loaded import LoadedRule
from spanmill_store.targets import TargetId

logger = logging.getLogger(__name__)

STALE_AFTER_S: Final = 30.0
"""A started job whose worker has not been heard of for so long is taken for lost; workers report every 5 s."""

LOST_AFTER_S: Final = 15.0
"""
A job that is called queued but stands in no queue for so long is taken for lost: its worker died between taking it and
saying so. RQ would find it as well, after two rounds of maintenance.
"""

WHOLE: Final = TargetId("", "", "")
"""Stands for everything that waits for a rule, which a job of a rule in SQL scores without being told the ids."""

SQL_BATCH: Final = 2000
"""Of a rule that runs inside ClickHouse, which takes as long to understand the question as to answer it for so many."""

BUILTIN_BATCH: Final = 1000
TRACES_BATCH: Final = 4000
SPANS_BATCH: Final = 20_000
"""
Of a built-in scorer in Python, which takes far less than a millisecond for one. Traces and spans are read in pieces.
What lies together in the store is read together, and a query costs something however many it is about, so larger
batches take less.
"""

ROUNDS: Final = 4
"""A job with a judge takes about so many calls' time. Were there more, more would be asked again if it died."""

MAX_BATCH: Final = 200
"""Targets of one job: enough that starting a job costs little beside scoring them, few enough for its timeout."""

FAST_TIMEOUT_S: Final = 120
WORK_S: Final = 60.0
"""So long a job asks a user's scorer in Python; what it then has not come to goes on waiting."""

WHOLE_TIMEOUT_S: Final = 1800
"""Of a job that scores everything; it begins nothing new after `spanmill_scoring.sql_runs.WORK_S`."""

FAILURE_TTL_S: Final = 3 * 86_400
MAX_DEATHS: Final = 3
"""How many deaths of its jobs a target is forgiven; by then it was alone in them."""

_SHRINKAGE: Final = 20
"""How much smaller a batch becomes each time that its job died."""

_MAX_DELAY_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Offer:
    """One job in Redis."""

    rule: str
    version: str
    pool: Pool
    targets: tuple[TargetId, ...]


@dataclass(slots=True)
class _History:
    """What happened to one waiting target so far."""

    offers: int = 0
    deaths: int = 0
    not_before_s: float = 0.0


class Offers:
    """Jobs by id, and the history of every target that still waits."""

    def __init__(
        self,
        redis: Redis,
        stale_after_s: float = STALE_AFTER_S,
        clock: Callable[[], float] = time.monotonic,
        signer: Signer | None = None,
    ) -> None:
        self._redis = redis
        self._signer = signer or Signer()
        self._stale_after = timedelta(seconds=stale_after_s)
        self._clock = clock
        self._jobs: dict[str, Offer] = {}
        self._missing_since_s: dict[str, float] = {}
        self._history: dict[tuple[str, str, TargetId], _History] = {}

    def refresh(self) -> None:
        """Ask Redis which jobs are still on their way and forget the others. Call it before reading what waits."""
        ids = list(self._jobs)
        with self._redis.pipeline(transaction=False) as pipeline:
            for job_id in ids:
                pipeline.hmget(SpanmillJob.key_for(job_id), "status", "last_heartbeat")
            answers = pipeline.execute() if ids else []
        queued = {pool: frozenset(self._queue(pool).job_ids) for pool in {offer.pool for offer in self._jobs.values()}}
        for job_id, (status, heartbeat) in zip(ids, answers, strict=True):
            is_missing = status is not None and as_text(status) == JobStatus.QUEUED
            is_missing = is_missing and job_id not in queued[self._jobs[job_id].pool]
            if self._is_lost(job_id, is_missing=is_missing):
                self._end(job_id, died=False, is_lost=True)
            elif not self._is_alive(status, heartbeat):
                self._end(job_id, died=status is not None and as_text(status) != JobStatus.FINISHED)

    def due(self, loaded: LoadedRule, waiting: Sequence[TargetId]) -> tuple[list[TargetId], list[TargetId]]:
        """
        Return those of *waiting* that should be offered now, and those that should be given up.

        What is known about targets of the rule that no longer wait is forgotten.
        """
        key = (loaded.name, loaded.version)
        known = {(*key, target) for target in waiting}
        known.add((*key, WHOLE))
        for entry in [entry for entry in self._history if entry[:2] == key and entry not in known]:
            del self._history[entry]
        offered = {t for offer in self._jobs.values() if (offer.rule, offer.version) == key for t in offer.targets}
        now = self._clock()
        due: list[TargetId] = []
        hopeless: list[TargetId] = []
        for target in waiting:
            history = self._history.get((*key, target))
            if target in offered or (history and now < history.not_before_s):
                continue
            (hopeless if history and history.deaths > MAX_DEATHS else due).append(target)
        return due, hopeless

    def is_whole(self, loaded: LoadedRule) -> bool:
        """Whether one job may score everything that waits for *loaded*: unless such jobs have died again and again."""
        past = self._history.get((loaded.name, loaded.version, WHOLE))
        return sql_runs.is_possible(loaded) and not (past and past.deaths > MAX_DEATHS)

    def is_underway(self, loaded: LoadedRule) -> bool:
        """Whether a job that scores everything that waits for *loaded* lives."""
        key = (loaded.name, loaded.version)
        return any((offer.rule, offer.version) == key and WHOLE in offer.targets for offer in self._jobs.values())

    def make(self, loaded: LoadedRule, targets: Iterable[TargetId]) -> int:
        """Enqueue *targets* for *loaded*, in batches, and return the number of jobs."""
        queue = self._queue(loaded.rule.pool)
        batches = list(self._batches(loaded, targets))
        for batch in batches:
            job_id = self._job_id(loaded, batch)
            self._enqueue(queue, job_id, loaded, batch)
            self._jobs[job_id] = Offer(loaded.name, loaded.version, loaded.rule.pool, batch)
            for target in batch:
                self._past(loaded, target).offers += 1
        return len(batches)

    def _queue(self, pool: Pool) -> Queue:
        return Queue(pool, connection=self._redis, job_class=SpanmillJob, serializer=SERIALIZER)

    def _is_lost(self, job_id: str, *, is_missing: bool) -> bool:
        """Whether a job has been missing from its queue for long."""
        if not is_missing:
            self._missing_since_s.pop(job_id, None)
            return False
        return self._clock() - self._missing_since_s.setdefault(job_id, self._clock()) >= LOST_AFTER_S

    def _is_alive(self, status: bytes | None, heartbeat: bytes | None) -> bool:
        if status is None or as_text(status) in (JobStatus.FAILED, JobStatus.FINISHED, JobStatus.STOPPED, "canceled"):
            return False
        if as_text(status) != JobStatus.STARTED or not heartbeat:
            return True
        return datetime.now(UTC) - str_to_date(heartbeat) < self._stale_after

    def _end(self, job_id: str, *, died: bool, is_lost: bool = False) -> None:
        offer = self._jobs.pop(job_id)
        self._missing_since_s.pop(job_id, None)
        if WHOLE in offer.targets and not died and not is_lost:
            # Done as it should be: what waits now is other targets, which have no past.
            del self._history[offer.rule, offer.version, WHOLE]
            return
        for target in offer.targets:
            history = self._history.setdefault((offer.rule, offer.version, target), _History())
            history.deaths += int(died)
            history.not_before_s = self._clock() + min(2.0 ** (history.offers - 1), _MAX_DELAY_S)

    def _batches(self, loaded: LoadedRule, targets: Iterable[TargetId]) -> Iterable[tuple[TargetId, ...]]:
        """Split *targets*; those whose job died go in ever smaller company, until only the one at fault dies again."""
        size = _batch_size(loaded)
        by_deaths: dict[int, list[TargetId]] = {}
        for target in targets:
            by_deaths.setdefault(self._past(loaded, target).deaths, []).append(target)
        for deaths, group in sorted(by_deaths.items()):
            step = max(1, size // _SHRINKAGE**deaths)
            for start in range(0, len(group), step):
                yield tuple(group[start : start + step])

    def _job_id(self, loaded: LoadedRule, batch: tuple[TargetId, ...]) -> str:
        attempt = max(self._past(loaded, target).offers for target in batch)
        content = json.dumps([loaded.name, loaded.version, batch, attempt])
        return f"score-{loaded.version}-{hashlib.sha256(content.encode()).hexdigest()[:24]}"

    def _past(self, loaded: LoadedRule, target: TargetId) -> _History:
        return self._history.setdefault((loaded.name, loaded.version, target), _History())

    def _enqueue(self, queue: Queue, job_id: str, loaded: LoadedRule, batch: tuple[TargetId, ...]) -> None:
        arguments = (loaded.name, loaded.version, [list(target) for target in batch if target != WHOLE])

        def attempt() -> None:
            queue.enqueue_call(
                SCORE,
                args=arguments,
                meta=self._signer.meta(job_id, arguments),
                job_id=job_id,
                unique=True,
                timeout=WHOLE_TIMEOUT_S if WHOLE in batch else timeout_s(loaded, len(batch)),
                result_ttl=0,
                failure_ttl=FAILURE_TTL_S,
                retry=Retry(max=1),
                description=f"{loaded.name} x {'all' if WHOLE in batch else len(batch)}",
            )

        try:
            attempt()
        except DuplicateJobError:
            # An earlier planner made it. If it lives, it is this offer; if it failed, it makes room.
            job = queue.fetch_job(job_id)
            if job is not None and job.is_failed:
                job.delete()
                attempt()


def _batch_size(loaded: LoadedRule) -> int:
    """How many targets of a rule are in one job, as long as none of its jobs has died."""
    rule = loaded.rule
    if rule.judge is not None:
        return min(MAX_BATCH, ROUNDS * rule.judge.concurrency)
    if rule.expressions is not None:
        return SQL_BATCH
    if rule.python_builtin is not None:
        return {"span": SPANS_BATCH, "trace": TRACES_BATCH, "session": BUILTIN_BATCH}[rule.scope]
    # One span that does harm costs no other, and a thousand are soon read; traces come with all of their spans.
    is_light = rule.combine is not None or (rule.python is not None and rule.scope == "span")
    return BUILTIN_BATCH if is_light else MAX_BATCH


def timeout_s(loaded: LoadedRule, targets: int) -> int:
    """Return how long a job with so many *targets* may take before it is ended."""
    judge, python = loaded.rule.judge, loaded.rule.python
    if judge is None:
        return FAST_TIMEOUT_S + (math.ceil(python.timeout_s) if python is not None else 0)
    return int(judge.job_s(targets)) + 60
