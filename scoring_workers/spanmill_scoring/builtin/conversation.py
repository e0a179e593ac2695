"""What scorers of sessions share: which question asks again what was asked before, and how a conversation ended."""

import re
from collections.abc import Sequence
from typing import ClassVar, Final, Literal, NamedTuple

from pydantic import Field
from rapidfuzz import fuzz, utils

from spanmill_scoring.builtin.kinds import PythonBuiltin
from spanmill_store.scoring.predicates import Scope
from spanmill_store.targets import Span
from spanmill_store.turns import Turn

Ending = Literal["failed", "unanswered", "repeated", "answered"]

COMPARED_CHARS: Final = 2000
"""Of a question: whoever pastes more than that is compared by how it begins."""

_NUMBER: Final = re.compile(r"\d+")


class Repetition(NamedTuple):
    """
    A question that asks again what was asked before.

    Attributes:
        place, earlier: Which of the turns, counted from 0.
        similarity: From 0 to 1.
    """

    place: int
    earlier: int
    similarity: float


class ConversationScorer(PythonBuiltin):
    """
    One that reads the turns of a session.

    Attributes:
        similarity: Two questions that are so alike are the same: the share of characters that match once upper case,
            punctuation and, where that helps, the order of words are left out. Questions with other numbers in them are
            other questions.
        within: With so many questions before it each is compared.
        chars: Shorter questions, like "and now?", are never the same.
    """

    scopes: ClassVar[tuple[Scope, ...]] = ("session",)
    similarity: float = Field(default=0.9, gt=0, le=1)
    within: int = Field(default=10, ge=1, le=100)
    chars: int = Field(default=8, ge=1, le=1000)

    def repetitions(self, turns: Sequence[Turn[Span]]) -> list[Repetition]:
        """Return the questions that were asked before, each with the earlier one that is most like it."""
        asked = [utils.default_process(turn.input[:COMPARED_CHARS]) for turn in turns]
        found = []
        for place, question in enumerate(asked):
            earlier = range(max(0, place - self.within), place)
            alike = [Repetition(place, at, self._alike(asked[at], question)) for at in earlier]
            best = max(alike, key=lambda one: (one.similarity, one.earlier), default=None)
            if best is not None and best.similarity >= self.similarity:
                found.append(best)
        return found

    def ending(self, turns: Sequence[Turn[Span]]) -> Ending:
        """How the last of *turns* went; there has to be one."""
        last = turns[-1]
        if last.is_failed:
            return "failed"
        if not last.is_answered:
            return "unanswered"
        is_repeated = any(one.place == len(turns) - 1 for one in self.repetitions(turns))
        return "repeated" if is_repeated else "answered"

    def _alike(self, one: str, other: str) -> float:
        if min(len(one), len(other)) < self.chars or set(_NUMBER.findall(one)) != set(_NUMBER.findall(other)):
            return 0.0
        return max(fuzz.ratio(one, other), fuzz.token_sort_ratio(one, other)) / 100
