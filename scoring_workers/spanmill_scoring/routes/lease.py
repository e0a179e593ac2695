"""
Who sends for a route: one process at a time, so that messages are counted and few are sent twice.

The lease lies in Redis and may be lost or missing: then two processes may send the same message, under the same id.
"""

import logging
import secrets
from typing import Final

import redis

logger = logging.getLogger(__name__)

HELD_S: Final = 60
"""Longer than a pass over one route takes; who is killed while he has it keeps others waiting for so long."""

_KEY: Final = "spanmill:route:"
_GIVE_BACK: Final = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


class Leases:
    """The leases of one process."""

    def __init__(self, connection: redis.Redis | None) -> None:
        self._redis = connection
        self._holder = secrets.token_hex(8)

    def take(self, route: str) -> bool:
        """Whether this process sends for *route* now. Where Redis cannot say, it does."""
        if self._redis is None:
            return True
        try:
            return bool(self._redis.set(_KEY + route, self._holder, nx=True, ex=HELD_S))
        except (redis.RedisError, OSError):
            return True

    def give_back(self, route: str) -> None:
        """Let others send for *route*, unless they do already."""
        if self._redis is None:
            return
        try:
            self._redis.eval(_GIVE_BACK, 1, _KEY + route, self._holder)
        except (redis.RedisError, OSError) as error:
            logger.debug("a lease was not given back: %s", error)
