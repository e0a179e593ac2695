"""Whether an installed instrumentor fits the library that is installed, and can be loaded."""

from dataclasses import dataclass
from importlib.metadata import EntryPoint
from typing import Any, Literal

from opentelemetry.instrumentation.dependencies import (
    DependencyConflict,
    get_dependency_conflicts,
    get_dist_dependency_conflicts,
)

from spanmill._guard import Guard
from spanmill._libraries import canonical, library_of, requirements


@dataclass(frozen=True, slots=True)
class Refusal:
    """An instrumentor that does not fit, and why. That its library is absent is normal."""

    entry_point: EntryPoint
    kind: Literal["absent", "other version", "broken"]
    reason: str


def loaded(entry_point: EntryPoint, guard: Guard) -> Any:
    """Return the instrumentor, or why it does not fit."""
    with guard.attempt(f"load the instrumentor {entry_point.value}"):
        instrumentor = None
        conflict = _declared_conflict(entry_point)
        if conflict is None:
            instrumentor = entry_point.load()()
            conflict = _told_conflict(entry_point, instrumentor)
        if conflict is None:
            return instrumentor
        is_present = conflict.found or getattr(conflict, "found_any", None)
        return Refusal(entry_point, "other version" if is_present else "absent", str(conflict))
    return Refusal(entry_point, "broken", "it cannot be loaded")


def _declared_conflict(entry_point: EntryPoint) -> DependencyConflict | None:
    """By what its package says; of several libraries that it is for, the entry point's own has to be there."""
    if entry_point.dist is None:
        return None
    library = library_of(entry_point)
    own = [one for one in requirements(entry_point) if canonical(one.name) == library]
    return get_dist_dependency_conflicts(entry_point.dist) or get_dependency_conflicts([], own)


def _told_conflict(entry_point: EntryPoint, instrumentor: Any) -> DependencyConflict | None:
    """By what it says itself, where its package says nothing."""
    told = getattr(instrumentor, "instrumentation_dependencies", None)
    return get_dependency_conflicts(told()) if told is not None and not requirements(entry_point) else None
