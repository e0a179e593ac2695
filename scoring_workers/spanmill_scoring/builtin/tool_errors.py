"""How many of the calls of tools failed."""

from typing import ClassVar

from spanmill_scoring.builtin.kinds import PythonBuiltin
from spanmill_scoring.outcomes import Score
from spanmill_store.targets import Detail, Target


class ToolErrors(PythonBuiltin):
    """Share of the calls of tools that did not fail; no score where none was called."""

    name: ClassVar[str] = "tool_errors"
    sees: ClassVar[Detail] = "spans"

    def score(self, target: Target) -> Score | None:
        """By the status of the spans."""
        tools = [span for span in target.spans if span.type == "tool"]
        if not tools:
            return None
        failed = [span for span in tools if span.status == "Error"]
        named = ", ".join(sorted({span.tool_name or span.name for span in failed}))
        reason = f"{len(failed)} of {len(tools)} calls failed{': ' if named else ''}{named}"
        return Score(1 - len(failed) / len(tools), "failed" if failed else "fine", reason)
