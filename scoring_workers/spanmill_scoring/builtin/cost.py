"""What it cost."""

from collections.abc import Mapping
from typing import ClassVar

from spanmill_scoring.builtin.kinds import SqlBuiltin
from spanmill_store.scoring.predicates import Scope


class Cost(SqlBuiltin):
    """US dollars; no score where no price is known, for unknown is not free."""

    name: ClassVar[str] = "cost"
    scopes: ClassVar[tuple[Scope, ...]] = ("trace", "span", "session")

    def expressions(self, scope: Scope) -> Mapping[str, str]:  # noqa: ARG002 - the columns have the same names
        """From the column with the cost, each call counted once."""
        return {"value": "CostUsd"}
