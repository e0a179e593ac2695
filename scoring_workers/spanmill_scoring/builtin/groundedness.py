"""How much of an answer stands in the documents that were retrieved for it."""

import re
from typing import ClassVar, Final

from pydantic import Field

from spanmill_scoring.builtin.kinds import PythonBuiltin
from spanmill_scoring.outcomes import Score
from spanmill_store.scoring.predicates import Scope
from spanmill_store.targets import Detail, Target

_WORD: Final = re.compile(r"\d[\d.,:/-]*\d|\w+")
_SHOWN: Final = 8


class Groundedness(PythonBuiltin):
    """
    Share of the answer's words that occur in a retrieved document or in the question; no score without documents.

    An overlap of words, not of meaning: a low one is worth a look, a high one proves nothing.

    Attributes:
        chars: Shorter words, which are in every text, do not count; numbers always do.
    """

    name: ClassVar[str] = "groundedness"
    sees: ClassVar[Detail] = "spans"
    scopes: ClassVar[tuple[Scope, ...]] = ("trace",)
    chars: int = Field(default=4, ge=1, le=50)

    def score(self, target: Target) -> Score | None:
        """By distinct words, in any case; the reason names some that occur nowhere."""
        said = self._words(target.output)
        if not target.documents or not said:
            return None
        known = self._words(" ".join((target.input, *target.documents)))
        unknown = [word for word in said if word not in known]
        reason = f"not in the documents: {', '.join(unknown[:_SHOWN])}" if unknown else ""
        return Score(1 - len(unknown) / len(said), "", reason)

    def _words(self, text: str) -> dict[str, None]:
        """Distinct words that count, in order."""
        words = (word.casefold() for word in _WORD.findall(text))
        return dict.fromkeys(word for word in words if word[0].isdigit() or len(word) >= self.chars)
