"""
One at a time: whoever removes rows holds a lock, so that none are counted into the books twice.

The lock is a table, because ClickHouse creates a table only once, however many ask. A holder that was killed cannot
drop it, so one of which nothing was heard for a while is taken over: everything that it had begun is resumed anyway.
"""

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Final

from spanmill_store.client import Store
from spanmill_store.errors import QueryRejected, SpanmillError

STALE_S: Final = 120
RENEW_S: Final = 20
_POLL_S: Final = 0.5
_TABLE_EXISTS: Final = 57
_NAME: Final = "upkeep_lock"


class Busy(SpanmillError):
    """Somebody else removes rows just now."""


@contextlib.contextmanager
def held(
    store: Store,
    *,
    wait_s: float = 0,
    told: Callable[[str], object] = str,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[None]:
    """
    Hold the lock within the block; wait for it up to *wait_s*, of which *told* is called once.

    Raises:
        Busy: Somebody else has it.
    """
    give_up_at, is_told = clock() + wait_s, False
    while not _take(store):
        if clock() >= give_up_at:
            raise Busy("Rows are being removed by another process: try again in a minute or two.")
        if not is_told:
            told(f"waiting for another process that removes rows, or was killed while it did, up to {wait_s:.0f} s")
            is_told = True
        time.sleep(_POLL_S)
    try:
        yield
    finally:
        store.run("removal/drop_table", table=_NAME)


def renew(store: Store) -> None:
    """Say that the holder is still at work."""
    with contextlib.suppress(QueryRejected):
        store.run("upkeep/renew_lock", text=f"{time.time():.0f}")


def _take(store: Store) -> bool:
    try:
        store.run("upkeep/lock")
    except QueryRejected as error:
        if error.code != _TABLE_EXISTS:
            raise
        _drop_stale(store)
        return False
    return True


def _drop_stale(store: Store) -> None:
    if any(row["AgeS"] > STALE_S for row in store.rows("upkeep/lock_age")):
        store.run("removal/drop_table", table=_NAME)
