"""Reaching ClickHouse and Redis from processes that run for years: one that is away is waited for."""

import logging
import threading
from collections.abc import Callable
from typing import Final, TypeVar

from spanmill_scoring.queue.redis import RedisAway
from spanmill_scoring.throttle import Throttle
from spanmill_store.errors import StoreUnavailable

logger = logging.getLogger(__name__)

RETRY_S: Final = 1.0

T = TypeVar("T")


def reached(connect: Callable[[], T], stop: threading.Event, retry_s: float = RETRY_S) -> T | None:
    """
    Return what *connect* returns, once it does, or nothing when *stop* is set before.

    What is missing is said at once and then now and then. A process that ended instead would depend on somebody who
    starts it again, and who may wait for minutes after the third time. What waiting does not mend, such as a wrong
    password, is raised.
    """
    throttle = Throttle(logger)
    while not stop.is_set():
        try:
            return connect()
        except (RedisAway, StoreUnavailable) as error:
            throttle.warn("away", f"{error} Trying again every {retry_s:g} s.")
            stop.wait(retry_s)
    return None
