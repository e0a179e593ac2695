"""Whether anything failed: the outage, the exception, the timeout. Found by the status of spans, never by a model."""

from collections.abc import Mapping
from typing import ClassVar

from spanmill_scoring.builtin.kinds import SqlBuiltin
from spanmill_store.scoring.predicates import Scope


class Error(SqlBuiltin):
    """1 where nothing failed, else 0."""

    name: ClassVar[str] = "error"

    def expressions(self, scope: Scope) -> Mapping[str, str]:
        """Of a trace any span counts."""
        if scope == "trace":
            reason = "concat(toString(ErrorCount), ' of ', toString(SpanCount), ' spans failed')"
            return {
                "value": "if(ErrorCount > 0, 0, 1)",
                "label": "if(ErrorCount > 0, 'failed', 'fine')",
                "reason": reason,
            }
        reason = "if(IsError, if(StatusMessage != '', StatusMessage, ErrorType), '')"
        return {"value": "if(IsError, 0, 1)", "label": "if(IsError, 'failed', 'fine')", "reason": reason}
