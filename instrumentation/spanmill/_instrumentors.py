"""Switches on every installed OpenTelemetry instrumentor, one per library."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from opentelemetry.instrumentation.dependencies import get_dist_dependency_conflicts

from spanmill._guard import Guard

GROUP: Final = "opentelemetry_instrumentor"
DISABLED: Final = "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS"
ALL: Final = "*"

logger = logging.getLogger(__name__)


def switch_on_all(environment: Mapping[str, str], guard: Guard) -> list[str]:
    """Switch on what is installed and not disabled; return the chosen instrumentors' modules."""
    disabled = {name.strip() for name in environment.get(DISABLED, "").split(",")}
    if ALL in disabled:
        return []
    libraries: dict[str, list[EntryPoint]] = defaultdict(list)
    for entry_point in _distinct(entry_points(group=GROUP)):
        if entry_point.name not in disabled:
            libraries[entry_point.name].append(entry_point)
    switched_on = (_switch_on_best(library, installed, guard) for library, installed in sorted(libraries.items()))
    return [module for module in switched_on if module is not None]


def _switch_on_best(library: str, installed: list[EntryPoint], guard: Guard) -> str | None:
    """Switch on the first instrumentor of *library* that can be loaded."""
    ranked = sorted(installed, key=_rank)
    for entry_point in ranked:
        if _is_unsatisfied(entry_point, guard):
            continue
        with guard.attempt(f"load the instrumentor {entry_point.value}"):
            instrumentor = entry_point.load()()
            others = [other.module for other in ranked if other is not entry_point]
            if others:
                logger.info("%s is instrumented by %s, not by %s", library, entry_point.module, ", ".join(others))
            # A failure from here on ends the search: what has patched half a library must not be joined by another.
            with guard.attempt(f"switch on the instrumentor {entry_point.value}"):
                if not getattr(instrumentor, "is_instrumented_by_opentelemetry", False):
                    instrumentor.instrument(skip_dep_check=True)
                return entry_point.module
            return None
    return None


def _is_unsatisfied(entry_point: EntryPoint, guard: Guard) -> bool:
    """Whether the library is absent (which is normal) or of a version that the instrumentor does not know."""
    if entry_point.dist is None:
        return False
    with guard.attempt(f"check what the instrumentor {entry_point.value} needs"):
        conflict = get_dist_dependency_conflicts(entry_point.dist)
        if conflict is None:
            return False
        is_present = bool(conflict.found or getattr(conflict, "found_any", None))
        logger.log(logging.WARNING if is_present else logging.DEBUG, "%s is skipped: %s", entry_point.module, conflict)
    return True


def _rank(entry_point: EntryPoint) -> tuple[int, str]:
    """Prefer those that follow OpenTelemetry's current conventions for generative AI, then its own, then others."""
    requirements = (entry_point.dist.requires if entry_point.dist else None) or []
    if any(requirement.startswith("opentelemetry-util-genai") for requirement in requirements):
        return 0, entry_point.value
    return (1 if entry_point.module.startswith("opentelemetry.") else 2), entry_point.value


def _distinct(found: Iterable[EntryPoint]) -> list[EntryPoint]:
    """Each entry point once, though a folder may be on the path twice."""
    return list({(entry_point.name, entry_point.value): entry_point for entry_point in found}.values())
