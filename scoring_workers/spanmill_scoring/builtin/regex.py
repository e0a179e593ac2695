"""Whether an answer has a certain form."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from spanmill_scoring.builtin.kinds import SqlBuiltin, answer, literal
from spanmill_store.scoring.predicates import Scope


class Regex(SqlBuiltin):
    """
    1 where a pattern is found in the answer, else 0.

    Attributes:
        pattern: In the syntax of RE2, which takes no longer than the text is long, whatever the pattern.
        unwanted: 1 where it is not found.
    """

    name: ClassVar[str] = "regex"
    pattern: str = Field(min_length=1, max_length=2000)
    unwanted: bool = False

    def expressions(self, scope: Scope) -> Mapping[str, str]:
        """Anywhere in the text; anchor it with ^ and $."""
        found, missing = ("0", "1") if self.unwanted else ("1", "0")
        return {"value": f"if(match({answer(scope)}, {literal(self.pattern)}), {found}, {missing})"}
