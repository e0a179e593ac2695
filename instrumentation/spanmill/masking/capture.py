"""Of which libraries content is captured: of all, of none, or as it is said of each."""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

NO: Final = frozenset({"0", "false", "no", "off"})
OWN: Final = "spanmill"
"""The library that an application's own steps, scores and feedback belong to."""

_VERSION: Final = re.compile(r"_?v\d+$")


@dataclass(frozen=True, slots=True)
class Capture:
    """
    Whether content is captured of a library, and *otherwise*.

    A library is named as instrumentation scopes end: ``openai`` is that of ``opentelemetry.instrumentation.openai_v2``.
    """

    otherwise: bool = True
    libraries: Mapping[str, bool] = field(default_factory=dict)

    @property
    def is_on(self) -> bool:
        """Whether content of any library is captured."""
        return self.otherwise or any(self.libraries.values())

    def of(self, scope: str) -> bool:
        """Whether content of the instrumentation *scope* is captured; of names that fit the last one counts."""
        if not self.libraries:
            return self.otherwise
        parts = _parts(scope)
        fitting = [(_place(_parts(name), parts), captured) for name, captured in self.libraries.items()]
        place, captured = max(fitting, default=((-1, 0), self.otherwise))
        return captured if place[0] >= 0 else self.otherwise


def chosen(given: bool | Mapping[str, bool] | None, said: str) -> Capture:
    """Return what *given* chooses, the argument of `init`, or else *said*, ``SPANMILL_CAPTURE_CONTENT``."""
    if given is None:
        return _read(said)
    if isinstance(given, Mapping):
        named = {str(name): bool(captured) for name, captured in given.items()}
        return Capture(named.pop("*", True), named)
    return Capture(bool(given))


def _read(said: str) -> Capture:
    """``no`` is for all libraries, ``openai=no`` for one, ``no,openai=yes`` for all but one."""
    otherwise, libraries = True, {}
    for word in filter(None, map(str.strip, said.lower().split(","))):
        name, sign, value = (part.strip() for part in word.partition("="))
        if sign and name != "*":
            libraries[name] = value not in NO
        else:
            otherwise = (value if sign else name) not in NO
    return Capture(otherwise, libraries)


@functools.lru_cache(1000)
def _parts(scope: str) -> tuple[str, ...]:
    """The parts of a name, without versions of the library: neither ``openai.v1`` nor ``openai_v2`` is another one."""
    parts = (_VERSION.sub("", part) for part in scope.lower().replace("-", "_").split("."))
    return tuple(part for part in parts if part)


def _place(name: tuple[str, ...], scope: tuple[str, ...]) -> tuple[int, int]:
    """Where *name* ends in *scope*, and how long it is; (-1, 0) where it does not occur."""
    for end in range(len(scope), len(name) - 1, -1):
        if name and scope[end - len(name) : end] == name:
            return end, len(name)
    return -1, 0
