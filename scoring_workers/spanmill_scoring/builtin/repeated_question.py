"""Whether a user had to ask the same thing again."""

from typing import ClassVar

from spanmill_scoring.builtin.conversation import ConversationScorer
from spanmill_scoring.outcomes import Score
from spanmill_store.targets import Target


class RepeatedQuestion(ConversationScorer):
    """0 where a question asks again what was asked before, else 1; no score for fewer than two turns."""

    name: ClassVar[str] = "repeated_question"

    def score(self, target: Target) -> Score | None:
        """By how alike their words are, not their meaning; the reason says which turns."""
        if len(target.turns) < 2:
            return None
        found = self.repetitions(target.turns)
        if not found:
            return Score(1, "fine")
        place, earlier, similarity = found[0]
        first = target.earlier_turns + 1
        times = f", and {len(found) - 1} more" if len(found) > 1 else ""
        reason = f"turn {first + place} asks what turn {first + earlier} asked ({similarity:.0%} alike){times}"
        return Score(0, "repeated", reason)
