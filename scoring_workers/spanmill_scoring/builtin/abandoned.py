"""Whether a user went away without an answer."""

from typing import ClassVar, Final

from spanmill_scoring.builtin.conversation import ConversationScorer, Ending
from spanmill_scoring.outcomes import Score
from spanmill_store.targets import Target

_REASONS: Final[dict[Ending, str]] = {
    "failed": "the last turn failed",
    "unanswered": "the last question was not answered",
    "repeated": "the last question had been asked before",
}


class Abandoned(ConversationScorer):
    """
    0 where a conversation ended on a failure, an unanswered or a repeated question, else 1.

    A session is looked at when nothing came to it for long: whoever comes back after that has not abandoned it, and it
    is scored again.
    """

    name: ClassVar[str] = "abandoned"

    def score(self, target: Target) -> Score | None:
        """By the last turn; the label says which of the three."""
        if not target.turns:
            return None
        ending = self.ending(target.turns)
        return Score(0, ending, _REASONS[ending]) if ending in _REASONS else Score(1, "fine")
