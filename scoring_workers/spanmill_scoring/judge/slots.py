"""
How many calls an endpoint gets at the same time, from all jobs of all workers together, when it gets none, and how.

A call takes a slot and gives it back. Slots are leases in Redis that expire, so a worker that dies keeps none for long.
Redis is a hint here as everywhere: without it each job goes by its own ``concurrency``, and nothing is lost.
"""

import contextlib
import hashlib
import logging
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Final, Protocol

from redis import ConnectionPool, Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from spanmill_scoring.throttle import Throttle

logger = logging.getLogger(__name__)

KEPT_S: Final = 3600
"""Keys that nobody has touched for so long are gone; longer than any lease."""

REMEMBERED_S: Final = 86_400
"""Servers learn, too: after a day a judge asks for the strictest form again."""

WOKEN_AFTER_S: Final = 1.0
"""Whoever waits looks again after so long, should nobody wake him."""

ANSWERS_WITHIN_S: Final = 5.0
AWAY_S: Final = 10.0
"""A Redis that did not answer is left alone for so long."""

_TAKE: Final = """
local paused = redis.call('PTTL', KEYS[2])
if paused > 0 then return paused end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return -1 end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 0
"""
"""Milliseconds for which the endpoint is paused; -1: no slot is free; 0: taken."""

_GIVE: Final = """
if redis.call('ZREM', KEYS[1], ARGV[1]) == 1 then
    redis.call('LPUSH', KEYS[2], '')
    redis.call('LTRIM', KEYS[2], 0, 999)
    redis.call('EXPIRE', KEYS[2], ARGV[2])
end
"""


class NoSlot(Exception):
    """No slot became free in time."""


class Slots(Protocol):
    """Slots of endpoints, which are named by their addresses."""

    def take(
        self, endpoint: str, limit: int, lease_s: float, until_s: float
    ) -> contextlib.AbstractContextManager[None]:
        """
        Hold one of *limit* slots during the block, but for *lease_s* at most.

        Raises:
            NoSlot: None was free until *until_s* on the monotonic clock.
        """

    def pause(self, endpoint: str, seconds: float) -> None:
        """Let nobody take a slot for so long."""

    def remember(self, endpoint: str, model: str, manner: str) -> None:
        """Let others know how a model is asked there, for a day."""

    def recall(self, endpoint: str, model: str) -> str:
        """Return how others ask it, '' where nobody has said so."""


class OwnSlots:
    """Without Redis: as many slots as the job has threads, and pauses that only this job knows of."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._paused_until_s: dict[str, float] = {}

    @contextlib.contextmanager
    def take(self, endpoint: str, limit: int, lease_s: float, until_s: float) -> Iterator[None]:  # noqa: ARG002 - see Slots
        """Wait for the end of a pause."""
        wait_s = self._paused_until_s.get(endpoint, 0.0) - self._clock()
        if wait_s > 0:
            if self._clock() + wait_s > until_s:
                raise NoSlot
            self._sleep(wait_s)
        yield

    def pause(self, endpoint: str, seconds: float) -> None:
        """Let no call of this job begin for so long."""
        self._paused_until_s[endpoint] = max(self._paused_until_s.get(endpoint, 0.0), self._clock() + seconds)

    def remember(self, endpoint: str, model: str, manner: str) -> None:
        """There are no others."""

    def recall(self, endpoint: str, model: str) -> str:  # noqa: ARG002 - see Slots
        """Nobody has said anything."""
        return ""


class SharedSlots:
    """Slots that all workers share. Threads, and children that were forked, may share it."""

    def __init__(
        self, redis: Redis, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        pool = redis.connection_pool
        # Of its own: a Redis that hangs must not hang a job.
        given = {**pool.connection_kwargs, "socket_timeout": ANSWERS_WITHIN_S, "retry": Retry(NoBackoff(), 1)}
        self._redis = Redis(connection_pool=ConnectionPool(connection_class=pool.connection_class, **given))
        self._clock = clock
        self._sleep = sleep
        self._own = OwnSlots(clock, sleep)
        self._away_until_s = 0.0
        self._throttle = Throttle(logger)

    @contextlib.contextmanager
    def take(self, endpoint: str, limit: int, lease_s: float, until_s: float) -> Iterator[None]:
        """Wait for a slot; without Redis for the end of a pause that is known here."""
        lease = secrets.token_hex(8)
        is_shared = self._waited_for(endpoint, limit, lease_s, until_s, lease)
        try:
            with contextlib.nullcontext() if is_shared else self._own.take(endpoint, limit, lease_s, until_s):
                yield
        finally:
            if is_shared:
                with self._redis_or_not():
                    self._redis.eval(_GIVE, 2, _key(endpoint, "taken"), _key(endpoint, "free"), lease, KEPT_S)

    def pause(self, endpoint: str, seconds: float) -> None:
        """Let nobody take a slot for so long."""
        self._own.pause(endpoint, seconds)
        with self._redis_or_not():
            self._redis.set(_key(endpoint, "paused"), "", px=max(1, int(seconds * 1000)))

    def remember(self, endpoint: str, model: str, manner: str) -> None:
        """Let others know how a model is asked there, for a day."""
        with self._redis_or_not():
            self._redis.set(_key(endpoint, f"manner:{model}"), manner, ex=REMEMBERED_S)

    def recall(self, endpoint: str, model: str) -> str:
        """Return how others ask it, '' where nobody has said so."""
        said: object = None
        with self._redis_or_not():
            said = self._redis.get(_key(endpoint, f"manner:{model}"))
        return said.decode("utf-8", "replace") if isinstance(said, bytes) else ""

    def _waited_for(self, endpoint: str, limit: int, lease_s: float, until_s: float, lease: str) -> bool:
        """Wait until the lease is ours and return True; False: Redis is away."""
        keys = (_key(endpoint, "taken"), _key(endpoint, "paused"))
        while self._clock() >= self._away_until_s:
            answer: int | None = None
            with self._redis_or_not():
                answer = int(self._redis.eval(_TAKE, 2, *keys, limit, int(lease_s * 1000), lease, KEPT_S))
            if answer == 0:
                return True
            if answer is not None:
                self._wait(endpoint, answer, until_s)
        return False

    def _wait(self, endpoint: str, paused_ms: int, until_s: float) -> None:
        left_s = until_s - self._clock()
        if left_s <= max(0.0, paused_ms / 1000):
            raise NoSlot
        if paused_ms > 0:
            self._sleep(paused_ms / 1000)
            return
        with self._redis_or_not():
            self._redis.blpop([_key(endpoint, "free")], timeout=min(left_s, WOKEN_AFTER_S))

    @contextlib.contextmanager
    def _redis_or_not(self) -> Iterator[None]:
        """Do without Redis for a while where it cannot be used inside the block."""
        try:
            yield
        except (RedisError, OSError) as error:
            self._away_until_s = self._clock() + AWAY_S
            self._throttle.warn("away", f"Judges share no slots, for Redis cannot be used: {error}.")


def _key(endpoint: str, what: str) -> str:
    # In braces: on a cluster of Redis the keys of an endpoint lie together.
    return f"spanmill:judge:{{{hashlib.sha256(endpoint.encode()).hexdigest()[:16]}}}:{what}"
