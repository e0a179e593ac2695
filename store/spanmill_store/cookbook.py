"""
The cookbook: questions that people ask of their traces, each a file under ``sql/queries/cookbook``.

A recipe's file begins with a comment of a fixed form: the question, its subject, each parameter with its meaning, and
what it reads::

    -- What does each user cost?
    -- Subject: Cost and tokens
    -- days (default 7): days back from now.
    -- user: id of the user, and without a default one has to be given.
    -- Reads user_usage by its minutes.

Recipes are asked like a person's own SQL, through the same guard and limits; only their parameters are bound by the
server.
"""

import functools
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from spanmill_store import queries
from spanmill_store.errors import SpanmillError
from spanmill_store.suggestions import nearest

FOLDER: Final = "cookbook/"
_PARAMETER: Final = re.compile(r"(\w+)(?: \(default (.*?)\))?: (.+)")
_TYPED: Final = re.compile(r"\{(\w+):\s*(\w+)\}")
_WHOLE: Final = re.compile(r"UInt(8|16|32)")


class RecipeError(SpanmillError):
    """A recipe is not known, or one of its parameters is missing or does not fit."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a recipe can be told; *default* is None where it must be."""

    name: str
    kind: str
    default: str | None
    meaning: str

    @property
    def shown(self) -> str:
        """Its name, with its default where it has one."""
        return self.name if self.default is None else f"{self.name}={self.default}"


@dataclass(frozen=True, slots=True)
class Recipe:
    """
    One question.

    Attributes:
        name: Name of its query, ``cookbook/…``.
        cost: What it reads, and by which index.
        statement: Its SQL without the header.
    """

    name: str
    question: str
    subject: str
    parameters: tuple[Parameter, ...]
    cost: str
    statement: str

    def values(self, given: Mapping[str, str]) -> dict[str, str | int | float]:
        """
        Return the value of every parameter: as *given*, else its default.

        Raises:
            RecipeError: One is unknown, missing, or not of its type.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in given:
            if name not in known:
                raise RecipeError(f"{self.name} has no parameter {name!r}: {_known(name, known)}")
        return {name: self._value(parameter, given.get(name)) for name, parameter in known.items()}

    def _value(self, parameter: Parameter, given: str | None) -> str | int | float:
        text = parameter.default if given is None else given
        if text is None:
            raise RecipeError(
                f"{self.name} needs the parameter {parameter.name!r}: add --param {parameter.name}=… "
                f"({parameter.meaning.rstrip('.')})."
            )
        value = _converted(text, parameter.kind)
        if value is None:
            wanted = "a whole number" if _WHOLE.fullmatch(parameter.kind) else "a number"
            raise RecipeError(
                f"The parameter {parameter.name!r} of {self.name} is {text!r}, which is not {wanted} of type "
                f"{parameter.kind}: {parameter.meaning}"
            )
        return value


def names() -> list[str]:
    """Names of all recipes, sorted."""
    return [name for name in queries.names() if name.startswith(FOLDER)]


@functools.cache
def recipe(name: str) -> Recipe:
    """
    Return the recipe called *name*, with or without ``cookbook/``.

    Raises:
        RecipeError: There is none.
    """
    full = name if name.startswith(FOLDER) else FOLDER + name
    if full not in names():
        raise RecipeError(f"There is no named query {name!r}: {_known(full, names(), instead='see --list.')}")
    return _parsed(full, queries.text(full))


def recipes() -> list[Recipe]:
    """All recipes, by name."""
    return [recipe(name) for name in names()]


def _parsed(name: str, text: str) -> Recipe:
    lines = text.splitlines()
    length = next(number for number, line in enumerate(lines) if not line.startswith("--"))
    question, subject, *rest = (line.removeprefix("--").removeprefix(" ") for line in lines[:length])
    statement = "\n".join(lines[length:])
    kinds = dict(_TYPED.findall(statement))
    told = [line for line in rest if line.partition(" (")[0].partition(":")[0] in kinds]
    found = [_PARAMETER.fullmatch(line) for line in told]
    return Recipe(
        name=name,
        question=question,
        subject=subject.removeprefix("Subject: "),
        parameters=tuple(Parameter(m[1], kinds[m[1]], m[2], m[3]) for m in found if m),
        cost=" ".join(line for line in rest if line not in told),
        statement=statement,
    )


def _converted(text: str, kind: str) -> str | int | float | None:
    """*text* as a value of the type *kind*, None if it is none."""
    if kind == "String":
        return text
    bits = _WHOLE.fullmatch(kind)
    try:
        value = int(text) if bits else float(text)
    except ValueError:
        return None
    return value if (0 <= value < 2 ** int(bits[1]) if bits else math.isfinite(value)) else None


def _known(name: str, known: Mapping[str, object] | list[str], instead: str = "") -> str:
    suggestion = nearest(name, known)
    if suggestion:
        return f"did you mean {suggestion}?"
    return instead or f"it has {', '.join(known) or 'none'}."
