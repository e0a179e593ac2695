"""Whether there is an answer at all."""

from collections.abc import Mapping
from typing import ClassVar

from spanmill_scoring.builtin.kinds import SqlBuiltin, answer
from spanmill_store.scoring.predicates import Scope


class Empty(SqlBuiltin):
    """1 where something was answered, 0 where nothing or only white space was."""

    name: ClassVar[str] = "empty"

    def expressions(self, scope: Scope) -> Mapping[str, str]:
        """From the text of the answer."""
        is_empty = f"match({answer(scope)}, '^\\\\s*$')"
        return {"value": f"if({is_empty}, 0, 1)", "label": f"if({is_empty}, 'empty', 'answered')"}
