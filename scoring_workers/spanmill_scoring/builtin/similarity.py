"""How like the answer is to the text that is expected."""

from collections import Counter
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator
from rapidfuzz import fuzz, utils

from spanmill_scoring.builtin.kinds import PythonBuiltin
from spanmill_scoring.outcomes import Score
from spanmill_store.targets import Detail, Target

COMPARED_CHARS = 20_000
"""Of either text: what is longer is compared by how it begins."""


class Similarity(PythonBuiltin):
    """
    From 0, nothing in common, to 1, the same; no score where nothing is expected or nothing was answered.

    Case and punctuation do not count. It goes by characters or words, not by meaning.

    Attributes:
        expected: The text.
        attribute: Key of a span attribute that holds it, where it differs by target: the first span that has it counts.
        by: ``characters``: how few have to be inserted or deleted; ``words``: F1 of the words, in any order.
    """

    name: ClassVar[str] = "similarity"
    sees: ClassVar[Detail] = "all"
    expected: str = ""
    attribute: str = ""
    by: Literal["characters", "words"] = Field(default="words")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if bool(self.expected.strip()) == bool(self.attribute):
            raise ValueError("similarity needs either expected or attribute")
        return self

    def score(self, target: Target) -> Score | None:
        """By the answer; the reason says what was expected where they differ."""
        expected = self.expected or next(
            (span.attributes[self.attribute] for span in target.spans if span.attributes.get(self.attribute)), ""
        )
        wanted, said = (utils.default_process(text[:COMPARED_CHARS]) for text in (expected, target.output))
        if not wanted or not said:
            return None
        value = fuzz.ratio(wanted, said) / 100 if self.by == "characters" else _f1(wanted.split(), said.split())
        return Score(value, "", "" if value == 1 else f"expected: {expected[:200]}")


def _f1(wanted: list[str], said: list[str]) -> float:
    common = (Counter(wanted) & Counter(said)).total()
    return 2 * common / (len(wanted) + len(said))
