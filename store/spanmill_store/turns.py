"""Turns of a conversation: each a trace of its session, and all of them as one text that a reader can follow."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

SpanT = TypeVar("SpanT")


@dataclass(frozen=True, slots=True)
class Turn(Generic[SpanT]):
    """
    One trace of a session: what was asked and what was answered.

    Attributes:
        trace_id: Of the trace.
        time: When it began, by the application.
        error_count: Spans of it that failed.
        is_failed: Whether its root span failed; where none came, whether any did.
        spans: In start order, where the rule asks for them (``spans: true``).
    """

    trace_id: str
    time: datetime
    duration_ns: int
    input: str
    output: str
    user_id: str
    error_count: int
    is_failed: bool
    spans: tuple[SpanT, ...] = field(default=(), hash=False)

    @property
    def is_answered(self) -> bool:
        """Whether anything was answered, and the turn did not fail."""
        return not self.is_failed and bool(self.output.strip())


def transcript(turns: Sequence[Turn[SpanT]], earlier: int = 0) -> str:
    """
    Return *turns* as text, *earlier* ones that were left out as a mark.

    What was said is indented, so that nobody can say something that reads like another turn.
    """
    parts = [f"[… {earlier} earlier turns left out …]"] if earlier else []
    for number, turn in enumerate(turns, earlier + 1):
        failed = " (this turn failed)" if turn.is_failed else ""
        parts.append(f"[{number}] user:\n{_said(turn.input)}\n[{number}] assistant{failed}:\n{_said(turn.output)}")
    return "\n".join(parts)


def _said(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines()) if text.strip() else "    (nothing)"
