"""The connection to Redis or Valkey, checked."""

import contextlib
from collections.abc import Iterator
from typing import Final

import redis
from redis import Redis

from spanmill_store.errors import SpanmillError
from spanmill_store.settings import without_password

MIN_VERSION: Final = (6, 2)
"""RQ needs BLMOVE: without it a job whose worker dies at the wrong moment is gone from Redis."""

CONNECT_TIMEOUT_S: Final = 5


class RedisUnavailable(SpanmillError):
    """Nobody answers at the Redis URL, or it is not usable."""


class RedisAway(RedisUnavailable):
    """Nobody answers now; the same URL may work later."""


def connect(url: str) -> Redis:
    """
    Connect to the server at *url*.

    Raises:
        RedisAway: Nobody answers.
        RedisUnavailable: The URL or its password is wrong, or the server is too old.
    """
    try:
        connection = Redis.from_url(url, socket_connect_timeout=CONNECT_TIMEOUT_S)
    except ValueError as error:
        raise RedisUnavailable(f"Redis URL {without_password(url)!r} is not redis://host:port/number.") from error
    with available(url):
        info = connection.info("server")
    version = str(info.get("redis_version", "0"))
    if tuple(int(part) for part in version.split(".")[:2]) < MIN_VERSION:
        raise RedisUnavailable(f"Redis at {without_password(url)} is version {version}: at least 6.2 is needed.")
    return connection


@contextlib.contextmanager
def available(url: str) -> Iterator[None]:
    """Turn the driver's connection errors inside the block into `RedisUnavailable`."""
    try:
        yield
    except redis.AuthenticationError as error:
        raise RedisUnavailable(f"Redis at {without_password(url)} refuses the password: {error}.") from error
    except (redis.ConnectionError, redis.TimeoutError, redis.ReadOnlyError, OSError) as error:
        raise RedisAway(
            f"No Redis answers at {without_password(url)}: start it, or correct SPANMILL_REDIS_URL."
        ) from error
