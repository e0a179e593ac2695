"""What a built-in scorer is: options, as pydantic validates them, and SQL over a row or Python over a target."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from spanmill_scoring.outcomes import Score
from spanmill_store.scoring.predicates import Scope
from spanmill_store.targets import Detail, Target


class Builtin(BaseModel):
    """
    A scorer by its name, with options.

    Attributes:
        name: As it stands in a rule.
        scopes: Of rules that may use it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    name: ClassVar[str]
    scopes: ClassVar[tuple[Scope, ...]] = ("trace", "span")

    @classmethod
    def options(cls) -> list[str]:
        """Names of what may be said in a rule."""
        return [field.alias or name for name, field in cls.model_fields.items()]


class SqlBuiltin(Builtin):
    """One that runs inside ClickHouse, over whole months at once."""

    @abstractmethod
    def expressions(self, scope: Scope) -> Mapping[str, str]:
        """SQL for ``value``, ``label`` and ``reason``, over the columns of *scope*."""


class PythonBuiltin(Builtin):
    """
    One that looks at spans, or reads a text more closely than SQL can.

    Attributes:
        sees: What it looks at; nothing else of a target is read.
    """

    sees: ClassVar[Detail] = "texts"

    def prepare(self) -> None:
        """Load what scoring needs, before workers fork; nothing for most."""

    @abstractmethod
    def score(self, target: Target) -> Score | None:
        """Score *target*; None: nothing to say."""


def literal(text: str) -> str:
    """*text* as SQL writes it."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def answer(scope: Scope) -> str:
    """The column with what was answered."""
    return "Output" if scope == "trace" else "OutputText"
