"""Up to when planners have looked, by rule and version, kept so that a new planner goes on from there."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from spanmill_store.client import Store

Key = tuple[str, str]
"""A rule and its version."""

COMPLETION: Final[Key] = ("", "")
"""What stands for finding out which traces are complete."""

SESSIONS: Final[Key] = ("", "sessions")
"""What stands for finding out which sessions are complete."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def read(store: Store) -> dict[Key, int]:
    """Return the times, nanoseconds since 1970."""
    return {(row["Rule"], row["RuleVersion"]): int(row["TimeNs"]) for row in store.rows("cursors/read")}


def keep(store: Store, times_ns: Mapping[Key, int]) -> None:
    """Keep the times."""
    rows = [(*key, _EPOCH + timedelta(microseconds=time_ns // 1000)) for key, time_ns in times_ns.items()]
    store.insert("planner_cursors", ("Rule", "RuleVersion", "Time"), rows)
