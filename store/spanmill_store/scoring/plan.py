"""The planner's decisions, made inside ClickHouse: which complete targets of a rule wait, are out, or do not matter."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from spanmill_store.client import Store
from spanmill_store.scoring.predicates import Scope
from spanmill_store.scoring.templates import filled

_QUERIES: Final[Mapping[Scope, str]] = {"trace": "scoring/plan_traces", "span": "scoring/plan_spans"}


@dataclass(frozen=True, slots=True)
class Window:
    """
    The traces that a tick looks at, by when their newest span was received; nanoseconds since 1970, server's clock.

    Attributes:
        now_ns: When the decision is made.
        idle_from_ns, idle_until_ns: A trace whose root has ended and whose newest span lies here is complete.
        old_from_ns, old_until_ns: A trace without a root whose newest span lies here is taken as it is.
    """

    now_ns: int
    idle_from_ns: int
    idle_until_ns: int
    old_from_ns: int
    old_until_ns: int


def clock_ns(store: Store) -> int:
    """Return the server's time, nanoseconds since 1970."""
    return int(store.rows("scoring/clock")[0]["NowNs"])


def plan(
    store: Store, *, rule: str, version: str, scope: Scope, where: str | None, sample: float, window: Window
) -> int:
    """
    Enter every complete target that the ledger does not know into it and return how many there were.

    *where* is SQL from `spanmill_store.scoring.predicates.checked_expression`. Running it twice changes nothing.
    """
    statement = filled(_QUERIES[scope], {"where": where} if where is not None else {})
    return store.execute(
        statement,
        {
            "rule": rule,
            "version": version,
            "sample": sample,
            "salt": "",
            "now_ns": window.now_ns,
            "idle_from_ns": window.idle_from_ns,
            "idle_until_ns": window.idle_until_ns,
            "old_from_ns": window.old_from_ns,
            "old_until_ns": window.old_until_ns,
        },
    )
