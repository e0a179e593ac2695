"""Waiting for ClickHouse to rewrite parts: until it has, nothing is gone."""

import time
from typing import Final

from spanmill_store.client import Store
from spanmill_store.errors import StoreError
from spanmill_store.removal import lock

_FIRST_POLL_S: Final = 0.01
_LAST_POLL_S: Final = 1.0


def wait(store: Store, table: str) -> None:
    """
    Wait until no rewrite of *table* is under way.

    Raises:
        StoreError: One fails. It was given up, since it would be tried again for ever.
    """
    poll_s, renew_at = _FIRST_POLL_S, time.monotonic() + lock.RENEW_S
    while unfinished := store.rows("removal/mutations", table=table):
        for row in unfinished:
            _require_success(store, table, row["Mutation"], row["Failure"])
        if time.monotonic() >= renew_at:
            lock.renew(store)
            renew_at = time.monotonic() + lock.RENEW_S
        time.sleep(poll_s)
        poll_s = min(poll_s * 1.5, _LAST_POLL_S)


def _require_success(store: Store, table: str, mutation: str, failure: str) -> None:
    if failure:
        store.run("removal/kill_mutation", table=table, mutation=mutation)
        raise StoreError(f"ClickHouse could not remove rows of {table}, which will be tried again: {failure}")
