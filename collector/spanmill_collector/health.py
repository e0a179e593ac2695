"""
Health: whether the collector lives, and whether it is ready for spans.

*Ready* means: both ports are bound, and a request would be acknowledged, that is the log can be written and has room.
ClickHouse is not part of it: while it is away the collector's work is to accept and keep, and taking it out of a load
balancer would lose exactly the spans it is there to save. What the store does is shown beside it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum


class StoreState(Enum):
    """What ClickHouse said last."""

    NOT_ASKED = "not asked yet"
    ANSWERS = "answers"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class Check:
    """One condition of readiness: its name, and what is wrong with it (None: nothing)."""

    name: str
    problem: Callable[[], str | None]


class Health:
    """Answers the two health endpoints from live objects; keeps no state of its own."""

    def __init__(self, checks: tuple[Check, ...], store: Callable[[], StoreState]) -> None:
        self._checks = checks
        self._store = store

    def problems(self) -> dict[str, str]:
        """Everything that speaks against sending spans here now, by the name of its check."""
        found = {check.name: check.problem() for check in self._checks}
        return {name: problem for name, problem in found.items() if problem is not None}

    def report(self) -> dict[str, object]:
        """Make the body of ``/health/ready``."""
        problems = self.problems()
        return {"ready": not problems, "problems": problems, "store": self._store().value}
