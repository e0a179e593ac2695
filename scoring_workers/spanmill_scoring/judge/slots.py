"""
How many calls an endpoint gets at the same time, from all jobs of all workers together, when it gets none, and how.

Who calls takes a slot, keeps it from one call to the next, and gives it back when there is nothing left to ask: handed
over between two calls of the same job it would stand empty for as long as that takes. Slots are leases in Redis that
expire, so a worker that dies keeps none for long. Redis is a hint here as everywhere: without it each job goes by its
own ``concurrency``, and nothing is lost.
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
if not redis.call('ZSCORE', KEYS[1], ARGV[3]) and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return -1 end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 0
"""
"""Milliseconds for which the endpoint is paused; -1: no slot is free; 0: taken, or kept for longer."""

_GIVE: Final = """
if redis.call('ZREM', KEYS[1], ARGV[1]) == 1 then
    redis.call('LPUSH', KEYS[2], '')
    redis.call('LTRIM', KEYS[2], 0, 999)
    redis.call('EXPIRE', KEYS[2], ARGV[2])
end
"""


class NoSlot(Exception):
    """No slot became free in time."""


class Seat(Protocol):
    """One caller's place at an endpoint: a slot that it holds, or not yet, or no more."""

    def take(self, until_s: float) -> None:
        """
        Hold a slot from now on, for another lease if one is held already.

        Raises:
            NoSlot: None was free until *until_s* on the monotonic clock.
        """

    def give(self) -> None:
        """Give the slot back, if one is held."""


class Slots(Protocol):
    """Slots of endpoints, which are named by their addresses."""

    def seat(self, endpoint: str, limit: int, lease_s: float) -> Seat:
        """Return a place without a slot, which may take one of *limit*, for *lease_s* at a time."""

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

    def seat(self, endpoint: str, limit: int, lease_s: float) -> Seat:  # noqa: ARG002 - see Slots
        """Return a place that is always free, but for pauses."""
        return _OwnSeat(self, endpoint)

    def wait(self, endpoint: str, until_s: float) -> None:
        """Wait for the end of a pause."""
        wait_s = self._paused_until_s.get(endpoint, 0.0) - self._clock()
        if wait_s > 0:
            if self._clock() + wait_s > until_s:
                raise NoSlot
            self._sleep(wait_s)

    def pause(self, endpoint: str, seconds: float) -> None:
        """Let no call of this job begin for so long."""
        self._paused_until_s[endpoint] = max(self._paused_until_s.get(endpoint, 0.0), self._clock() + seconds)

    def remember(self, endpoint: str, model: str, manner: str) -> None:
        """There are no others."""

    def recall(self, endpoint: str, model: str) -> str:  # noqa: ARG002 - see Slots
        """Nobody has said anything."""
        return ""


class _OwnSeat:
    """A place at an endpoint that nobody shares."""

    def __init__(self, slots: OwnSlots, endpoint: str) -> None:
        self._slots = slots
        self._endpoint = endpoint

    def take(self, until_s: float) -> None:
        """Wait for the end of a pause."""
        self._slots.wait(self._endpoint, until_s)

    def give(self) -> None:
        """Nobody waits for it."""


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

    def seat(self, endpoint: str, limit: int, lease_s: float) -> Seat:
        """Return a place; without Redis it is free but for pauses that are known here."""
        return _SharedSeat(self, endpoint, limit, lease_s)

    def take(self, endpoint: str, limit: int, lease_s: float, until_s: float, lease: str) -> bool:
        """Wait until the *lease* is ours and return True; False: Redis is away, and what pauses are known are over."""
        keys = (_key(endpoint, "taken"), _key(endpoint, "paused"))
        while self._clock() >= self._away_until_s:
            answer: int | None = None
            with self._redis_or_not():
                answer = int(self._redis.eval(_TAKE, 2, *keys, limit, int(lease_s * 1000), lease, KEPT_S))
            if answer == 0:
                return True
            if answer is not None:
                self._wait(endpoint, answer, until_s)
        self._own.wait(endpoint, until_s)
        return False

    def give(self, endpoint: str, lease: str) -> None:
        """Let others have the slot, and wake one who waits."""
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


class _SharedSeat:
    """A place at an endpoint that all workers share."""

    def __init__(self, slots: SharedSlots, endpoint: str, limit: int, lease_s: float) -> None:
        self._slots = slots
        self._place = (endpoint, limit, lease_s)
        self._lease = secrets.token_hex(8)
        self._is_held = False

    def take(self, until_s: float) -> None:
        """Wait for a slot, or keep the one that is held."""
        self._is_held = self._slots.take(*self._place, until_s, self._lease) or self._is_held

    def give(self) -> None:
        """Give the slot back, if one is held."""
        if self._is_held:
            self._slots.give(self._place[0], self._lease)
        self._is_held = False


def _key(endpoint: str, what: str) -> str:
    # In braces: on a cluster of Redis the keys of an endpoint lie together.
    return f"spanmill:judge:{{{hashlib.sha256(endpoint.encode()).hexdigest()[:16]}}}:{what}"
