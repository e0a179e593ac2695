"""Whether the tools were called in an order that is meant."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from spanmill_scoring.builtin.kinds import SqlBuiltin, literal
from spanmill_store.scoring.predicates import Scope


class ToolPath(SqlBuiltin):
    """
    1 where the trace's tools, in the order of their calls, are one of the expected paths; else 0.

    Attributes:
        expected: Paths like ``search > order_lookup``; a tool that is called several times in a row stands once. An
            empty one stands for no tool at all.
    """

    name: ClassVar[str] = "tool_path"
    scopes: ClassVar[tuple[Scope, ...]] = ("trace",)
    expected: tuple[str, ...] = Field(min_length=1, max_length=1000)

    def expressions(self, scope: Scope) -> Mapping[str, str]:  # noqa: ARG002 - the columns have the same names
        """From the column with the path, which is the reason too."""
        is_expected = f"ToolPath IN ({', '.join(map(literal, self.expected))})"
        return {
            "value": f"if({is_expected}, 1, 0)",
            "label": f"if({is_expected}, 'expected', 'unexpected')",
            "reason": "if(ToolPath = '', 'no tool was called', ToolPath)",
        }
