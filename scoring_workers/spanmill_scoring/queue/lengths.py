"""How long the queues are, and how old what waits in them is: by this workers are added and taken away."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from redis import Redis, RedisError
from rq import Queue

from spanmill_scoring.queue.jobs import POOLS, SERIALIZER, Pool, SpanmillJob


@dataclass(frozen=True, slots=True)
class QueueLength:
    """
    What waits for the workers of one pool.

    Attributes:
        jobs: In the queue.
        started: Being worked on.
        oldest_s: Since when the first of the queue waits; 0 where none does.
    """

    pool: Pool
    jobs: int
    started: int
    oldest_s: float


def lengths(redis: Redis) -> list[QueueLength]:
    """
    Return the length of each pool's queue.

    Raises:
        RedisError: Redis is away.
    """
    return [_length(redis, pool) for pool in POOLS]


def _length(redis: Redis, pool: Pool) -> QueueLength:
    queue = Queue(pool, connection=redis, job_class=SpanmillJob, serializer=SERIALIZER)
    first = next(iter(queue.get_jobs(0, 1)), None)
    since = first.enqueued_at if first is not None else None
    # RQ writes times in UTC, and some of its versions without saying so.
    oldest_s = (datetime.now(UTC) - since.replace(tzinfo=UTC)).total_seconds() if since is not None else 0.0
    return QueueLength(pool, queue.count, queue.started_job_registry.count, max(0.0, oldest_s))


class QueueGauges(Collector):
    """The same as gauges of Prometheus, asked of Redis whenever somebody looks; none while Redis is away."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """The gauges without values, so that nobody asks Redis when this is registered."""
        return self._families().values()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges of all pools."""
        families = self._families()
        try:
            found = lengths(self._redis)
        except (RedisError, OSError):
            found = []
        for length in found:
            for name, family in families.items():
                family.add_metric([length.pool], getattr(length, name))
        yield from families.values()

    @staticmethod
    def _families() -> dict[str, GaugeMetricFamily]:
        told = {
            "jobs": ("spanmill_queue_jobs", "Jobs that wait in the queue of a pool of workers."),
            "started": ("spanmill_queue_started_jobs", "Jobs of the pool that are being worked on."),
            "oldest_s": ("spanmill_queue_oldest_seconds", "Since when the first job of the queue waits."),
        }
        return {name: GaugeMetricFamily(metric, text, labels=["pool"]) for name, (metric, text) in told.items()}
