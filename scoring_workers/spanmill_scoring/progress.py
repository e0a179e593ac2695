"""
How far a planner has come: up to when it has looked, for complete traces and for each rule.

A tick looks at what is new since the last one. Once a minute one looks back further, for what another planner or a
replica that lags has brought since, and keeps the times, so that a planner that is started anew goes on from there.
"""

import os
import secrets
import socket
from typing import Final

from spanmill_store import cursors
from spanmill_store.client import Store
from spanmill_store.cursors import COMPLETION, Key

SECOND_NS: Final = 1_000_000_000
WIDE_EVERY_NS: Final = 60 * SECOND_NS
WIDE_NS: Final = 60 * SECOND_NS
"""How far a wide look goes back behind the last one."""


class Progress:
    """
    Times in nanoseconds since 1970, by the server's clock. May be lost: then everything is looked at again.

    Attributes:
        planner: Name of this planner, unlike any other's.
    """

    def __init__(self, store: Store) -> None:
        self.planner = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._store = store
        self._reached_ns: dict[Key, int] = {}
        self._begun: set[Key] = set()
        self._wide_ns: int | None = None

    def is_wide(self, now_ns: int) -> bool:
        """Whether it is time for a wide look; the first one of a planner is."""
        if self._wide_ns is None:
            self._reached_ns = cursors.read(self._store)
        return self._wide_ns is None or now_ns - self._wide_ns >= WIDE_EVERY_NS

    def since_ns(self, key: Key, now_ns: int, lookback_ns: int, *, is_wide: bool) -> int:
        """From when on to look: what is new begins *lookback_ns* ago."""
        reached_ns = self._reached_ns.get(key)
        earliest_ns = now_ns - lookback_ns
        if reached_ns is None:
            return earliest_ns
        return max(reached_ns - WIDE_NS if is_wide or key not in self._begun else reached_ns, earliest_ns)

    def has_begun(self, key: Key) -> bool:
        """Whether this planner has looked for *key* before."""
        return key in self._begun

    def reach(self, key: Key, now_ns: int) -> None:
        """Note that everything up to *now_ns* was looked at."""
        self._reached_ns[key] = max(now_ns, self._reached_ns.get(key, now_ns))
        self._begun.add(key)

    def end_wide(self, now_ns: int) -> None:
        """Note that a wide look is done, and keep what was reached."""
        self._wide_ns = now_ns
        cursors.keep(self._store, {key: self._reached_ns[key] for key in (COMPLETION, *self._begun)})
