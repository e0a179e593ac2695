"""Switches on the installed OpenTelemetry instrumentors, one per library."""

import logging
from collections.abc import Mapping
from importlib.metadata import EntryPoint

from spanmill._choice import DISABLED, Choice, Library, choose, libraries
from spanmill._guard import Guard
from spanmill._libraries import package_of

logger = logging.getLogger(__name__)


def switch_on_all(environment: Mapping[str, str], guard: Guard) -> list[str]:
    """Switch on what is installed and not disabled; return the chosen instrumentors' modules."""
    switched_on = (switch_on(library, guard) for library in libraries(environment))
    return [module for module in switched_on if module is not None]


def switch_on(library: Library, guard: Guard) -> str | None:
    """Switch on the instrumentor of *library*, and return its module."""
    choice = choose(library, guard)
    for refusal in choice.refused:
        level = logging.WARNING if refusal.kind == "other version" else logging.DEBUG
        logger.log(level, "%s is skipped: %s", refusal.entry_point.module, refusal.reason)
    if choice.chosen is None:
        return None
    _say_which(library, choice, choice.chosen)
    return choice.chosen.module if start(choice, choice.chosen, guard) else None


def start(choice: Choice, chosen: EntryPoint, guard: Guard) -> bool:
    """
    Switch on what was *chosen*, unless it is on; return whether that was done.

    A failure ends the search: what has patched half a library must not be joined by another.
    """
    with guard.attempt(f"switch on the instrumentor {chosen.value}"):
        if not choice.is_running:
            choice.instrumentor.instrument(skip_dep_check=True)
        return True
    return False


def _say_which(library: Library, choice: Choice, chosen: EntryPoint) -> None:
    others = ", ".join(one.module for one in choice.rivals(library))
    if not others:
        return
    if choice.is_running:
        logger.info("%s is instrumented by %s already, so not by %s", library.name, chosen.module, others)
        return
    otherwise = f"to choose otherwise, name {package_of(chosen)} in {DISABLED}"
    logger.info("%s is instrumented by %s, not by %s; %s", library.name, chosen.module, others, otherwise)
