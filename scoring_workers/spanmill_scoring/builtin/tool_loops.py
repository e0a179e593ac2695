"""Whether an agent asks a tool the same thing over and over."""

from collections import Counter
from typing import ClassVar

from pydantic import Field

from spanmill_scoring.builtin.kinds import PythonBuiltin
from spanmill_scoring.outcomes import Score
from spanmill_store.scoring.predicates import Scope
from spanmill_store.targets import Detail, Target


class ToolLoops(PythonBuiltin):
    """
    How often the most repeated call was made: the same tool with the same arguments; no score where none was called.

    Attributes:
        calls: From so many on it is a loop.
    """

    name: ClassVar[str] = "tool_loops"
    sees: ClassVar[Detail] = "spans"
    scopes: ClassVar[tuple[Scope, ...]] = ("trace",)
    calls: int = Field(default=3, ge=2)

    def score(self, target: Target) -> Score | None:
        """By what stands in the spans; arguments that are not recorded are equal."""
        calls = Counter((span.tool_name or span.name, span.input) for span in target.spans if span.type == "tool")
        if not calls:
            return None
        (tool, _), times = calls.most_common(1)[0]
        is_loop = times >= self.calls
        reason = f"{tool} was called {times} times with the same arguments" if times > 1 else "no call was repeated"
        return Score(times, "loop" if is_loop else "fine", reason)
