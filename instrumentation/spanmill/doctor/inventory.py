"""The libraries that are installed, and who records each of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, PackageNotFoundError, version
from typing import Literal

from spanmill._choice import DISABLED, Choice, Library, choose, libraries
from spanmill._guard import Guard
from spanmill._libraries import canonical, package_of, requirements
from spanmill.doctor.catalogue import KNOWN, Known

State = Literal["recorded", "not recorded", "disabled", "unfit"]


@dataclass(frozen=True, slots=True)
class Finding:
    """
    A library.

    Attributes:
        library: Its name.
        version: The installed one.
        state: ``unfit``: there are instrumentors, and none of them is for this version or can be loaded.
        instrumentor: The package that records it, or would.
        instrumentor_version: Of that.
        passed_over: Packages of instrumentors that are installed and not chosen.
        remedy: What to do, if anything.
        is_about_models: Whether its calls are those of models and agents.
    """

    library: str
    version: str
    state: State
    instrumentor: str | None
    instrumentor_version: str | None
    passed_over: tuple[str, ...]
    remedy: str
    is_about_models: bool


def inventory(environment: Mapping[str, str]) -> list[Finding]:
    """Return what is installed: libraries of models and agents first."""
    instrumented = {library.name: library for library in libraries(environment)}
    found = {finding.library: finding for finding in _known(instrumented)}
    for library in instrumented.values():
        installed = None if library.name in found else _version_of(library)
        if installed is not None:
            found[library.name] = _of_installed(library, installed, is_about_models=False)
    return sorted(found.values(), key=lambda one: (not one.is_about_models, one.library))


def _known(instrumented: Mapping[str, Library]) -> Iterator[Finding]:
    seen = set[str]()
    for known in KNOWN:
        installed = next(filter(None, map(_version, known.packages)), None)
        if installed is not None and known.name not in seen:
            seen.add(known.name)
            library = instrumented.get(known.name)
            if library is None:
                yield _of_missing(known, installed)
            else:
                yield _of_installed(library, installed, is_about_models=known.is_about_models)


def _of_missing(known: Known, installed: str) -> Finding:
    remedy = f"pip install {known.instrumentor}" if known.instrumentor else known.hint
    return Finding(known.name, installed, "not recorded", None, None, (), remedy, known.is_about_models)


def _of_installed(library: Library, installed: str, *, is_about_models: bool) -> Finding:
    if not library.ranked:
        return _finding(library, installed, "disabled", library.disabled[0], f"{DISABLED} names it", is_about_models)
    told: list[str] = []
    choice = choose(library, Guard(lambda _, error: told.append(f"{type(error).__name__}: {error}")))
    if choice.chosen is None:
        return _finding(library, installed, "unfit", library.ranked[0], _reason(choice, told), is_about_models)
    return _finding(library, installed, "recorded", choice.chosen, "", is_about_models)


def _reason(choice: Choice, told: list[str]) -> str:
    return "; ".join([*(one.reason for one in choice.refused if one.kind != "broken"), *told])


def _finding(
    library: Library, installed: str, state: State, chosen: EntryPoint, remedy: str, is_about_models: bool
) -> Finding:
    others = tuple(package_of(one) for one in (*library.ranked, *library.disabled) if one is not chosen)
    package = package_of(chosen)
    return Finding(
        library.name, installed, state, package, _version(package), others, remedy, is_about_models=is_about_models
    )


def _version_of(library: Library) -> str | None:
    """Of a library that is in no catalogue, by what its instrumentors need."""
    needed = [
        one.name
        for entry_point in (*library.ranked, *library.disabled)
        for one in requirements(entry_point)
        if canonical(one.name) == library.name
    ]
    return next(filter(None, map(_version, needed)), None)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
