"""
Which of the installed OpenTelemetry instrumentors record which library: one each.

Two of one library would record each of its calls twice. The decision is the same for `spanmill.init`, for
``opentelemetry-instrument`` and for ``spanmill doctor --app``.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

from spanmill._fitness import Refusal, loaded
from spanmill._guard import Guard
from spanmill._libraries import library_of, package_of

GROUP: Final = "opentelemetry_instrumentor"
DISABLED: Final = "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS"
ALL: Final = "*"

_LAST: Final = {
    "openinference-instrumentation-mcp",  # makes no spans, only carries the context to servers
    "opentelemetry-instrumentation-botocore",  # tells prompts and answers to log records, where nobody may listen
}
"""Packages that record less than all others do: last choice."""


@dataclass(frozen=True, slots=True)
class Library:
    """A library, and the instrumentors that are installed for it: the best one first, disabled ones apart."""

    name: str
    ranked: tuple[EntryPoint, ...]
    disabled: tuple[EntryPoint, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """
    The instrumentor of a library.

    Attributes:
        chosen: Its entry point; None: none of them fits.
        instrumentor: The thing itself.
        refused: Those that would have come before it.
        is_running: Whether it was switched on before.
    """

    chosen: EntryPoint | None
    instrumentor: Any
    refused: tuple[Refusal, ...] = ()
    is_running: bool = False

    def rivals(self, library: Library) -> list[EntryPoint]:
        """Return the other instrumentors of *library*, but for those that are known not to fit."""
        refused = [one.entry_point for one in self.refused]
        return [one for one in library.ranked if one is not self.chosen and one not in refused]


def libraries(environment: Mapping[str, str]) -> list[Library]:
    """Return every library that an instrumentor is installed for."""
    disabled = {name.strip() for name in environment.get(DISABLED, "").split(",")}
    found: dict[str, list[EntryPoint]] = defaultdict(list)
    for entry_point in sorted(_distinct(entry_points(group=GROUP)), key=_rank):
        found[library_of(entry_point)].append(entry_point)
    return [_library(name, installed, disabled) for name, installed in sorted(found.items())]


def choose(library: Library, guard: Guard) -> Choice:
    """Return the instrumentor of *library* that is switched on already, else the first that fits and can be loaded."""
    running = _running(library, guard)
    if running is not None:
        return running
    refused: list[Refusal] = []
    for entry_point in library.ranked:
        fitting = loaded(entry_point, guard)
        if not isinstance(fitting, Refusal):
            return Choice(entry_point, fitting, tuple(refused))
        refused.append(fitting)
    return Choice(None, None, tuple(refused))


def _library(name: str, installed: list[EntryPoint], disabled: set[str]) -> Library:
    """OpenTelemetry compares names of entry points; rivals often share one, so that packages count as well."""
    is_disabled = {one.value: bool(disabled & {ALL, one.name, package_of(one)}) for one in installed}
    return Library(
        name,
        tuple(one for one in installed if not is_disabled[one.value]),
        tuple(one for one in installed if is_disabled[one.value]),
    )


def _running(library: Library, guard: Guard) -> Choice | None:
    """Whoever has switched one on, the application or another distribution of OpenTelemetry, has chosen."""
    for entry_point in (*library.ranked, *library.disabled):
        if entry_point.module in sys.modules:
            with guard.attempt(f"ask the instrumentor {entry_point.value}"):
                instrumentor = entry_point.load()()
                if getattr(instrumentor, "is_instrumented_by_opentelemetry", False):
                    return Choice(entry_point, instrumentor, is_running=True)
    return None


def _rank(entry_point: EntryPoint) -> tuple[int, str]:
    """Prefer those that follow OpenTelemetry's current conventions for generative AI, then its own, then others."""
    needed = (entry_point.dist.requires if entry_point.dist else None) or []
    if any(one.startswith("opentelemetry-util-genai") for one in needed):
        return 0, entry_point.value
    if package_of(entry_point) in _LAST:
        return 3, entry_point.value
    # OpenLLMetry's modules lie in OpenTelemetry's namespace, too.
    is_own = entry_point.module.startswith("opentelemetry.") and not any(
        one.startswith("opentelemetry-semantic-conventions-ai") for one in needed
    )
    return (1 if is_own else 2), entry_point.value


def _distinct(found: Iterable[EntryPoint]) -> list[EntryPoint]:
    """Each entry point once, though a folder may be on the path twice."""
    return list({(entry_point.name, entry_point.value): entry_point for entry_point in found}.values())
