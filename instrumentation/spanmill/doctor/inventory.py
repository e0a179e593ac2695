"""The libraries that are installed, and who records each of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, PackageNotFoundError, version
from typing import Literal, NamedTuple

from spanmill._choice import DISABLED, Library, choose, libraries
from spanmill._guard import Guard
from spanmill._instrumentors import start
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
        state: ``unfit``: there are instrumentors, and none of them is for this version or can be switched on.
        instrumentor: The package that records it, or would.
        instrumentor_version: Of that.
        passed_over: Packages of instrumentors that are installed and not chosen.
        remedy: What to do, or what is wrong, if anything.
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


class _Verdict(NamedTuple):
    state: State
    instrumentor: EntryPoint
    passed_over: Sequence[EntryPoint]
    remedy: str


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
    verdict = _verdict(library)
    package = package_of(verdict.instrumentor)
    return Finding(
        library.name,
        installed,
        verdict.state,
        package,
        _version(package),
        tuple(map(package_of, verdict.passed_over)),
        verdict.remedy,
        is_about_models,
    )


def _verdict(library: Library) -> _Verdict:
    """Switch the instrumentor of *library* on, for only then is it known to work; this process ends soon."""
    if not library.ranked:
        return _Verdict("disabled", library.disabled[0], library.disabled[1:], f"{DISABLED} names it")
    told: list[str] = []
    guard = Guard(lambda _, error: told.append(f"{type(error).__name__}: {error}"))
    choice = choose(library, guard)
    unfit = [f"{package_of(one.entry_point)}: {one.reason}" for one in choice.refused if one.kind != "broken"]
    if choice.chosen is None:
        return _Verdict("unfit", library.ranked[0], (), "; ".join([*unfit, *told]))
    is_on = start(choice, choice.chosen, guard)
    state: State = "recorded" if is_on else "unfit"
    return _Verdict(state, choice.chosen, choice.rivals(library), "; ".join([*unfit, *told]))


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
