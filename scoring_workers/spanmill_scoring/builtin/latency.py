"""How long it took."""

from collections.abc import Mapping
from typing import ClassVar

from spanmill_scoring.builtin.kinds import SqlBuiltin
from spanmill_store.scoring.predicates import Scope


class Latency(SqlBuiltin):
    """Seconds, of a trace from its first start to its last end."""

    name: ClassVar[str] = "latency"

    def expressions(self, scope: Scope) -> Mapping[str, str]:
        """From the column with the duration, in nanoseconds."""
        return {"value": "DurationNs / 1e9" if scope == "trace" else "Duration / 1e9"}
