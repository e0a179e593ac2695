"""What an answer must say, and what it must not."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

from pydantic import Field, model_validator

from spanmill_scoring.builtin.kinds import SqlBuiltin, answer, literal
from spanmill_store.scoring.predicates import Scope

Texts = tuple[str, ...]


class Contains(SqlBuiltin):
    """
    1 where the answer has all it must have and nothing it must not, in any case; else 0.

    Attributes:
        all: Each of these.
        any: At least one of these.
        none: None of these.
    """

    name: ClassVar[str] = "contains"
    all: Texts = Field(default=(), max_length=100)
    any: Texts = Field(default=(), max_length=100)
    none: Texts = Field(default=(), max_length=100)

    @model_validator(mode="after")
    def _some_text(self) -> Self:
        if not (self.all or self.any or self.none):
            raise ValueError("contains needs all, any or none")
        if "" in (*self.all, *self.any, *self.none):
            raise ValueError("an empty text occurs everywhere: leave it out")
        return self

    def expressions(self, scope: Scope) -> Mapping[str, str]:
        """Each text is looked for as it stands."""
        missing = [f"if({_occurs(text, scope)}, '', {literal(text)})" for text in self.all]
        unwanted = [f"if({_occurs(text, scope)}, {literal(text)}, '')" for text in self.none]
        conditions = [_occurs(text, scope) for text in self.all] + [f"NOT {_occurs(text, scope)}" for text in self.none]
        if self.any:
            conditions.append(f"({' OR '.join(_occurs(text, scope) for text in self.any)})")
        reasons = [_listed("it does not say ", missing), _listed("it says ", unwanted)]
        return {
            "value": f"if({' AND '.join(conditions)}, 1, 0)",
            "reason": f"arrayStringConcat(arrayFilter(reason -> reason != '', [{', '.join(reasons)}]), '; ')",
        }


def _occurs(text: str, scope: Scope) -> str:
    return f"(positionCaseInsensitiveUTF8({answer(scope)}, {literal(text)}) > 0)"


def _listed(words: str, texts: Sequence[str]) -> str:
    if not texts:
        return "''"
    listed = f"arrayStringConcat(arrayFilter(text -> text != '', [{', '.join(texts)}]), ', ')"
    return f"if({listed} = '', '', concat({literal(words)}, {listed}))"
