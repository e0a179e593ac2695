"""Whether anything failed: the outage, the exception, the timeout. Found by the status of spans, never by a model."""

from collections.abc import Mapping
from typing import ClassVar, Final

from spanmill_scoring.builtin.kinds import SqlBuiltin, literal
from spanmill_store.scoring.predicates import Scope

_STATUS: Final = (
    "concat(SpanAttributes['http.response.status_code'], SpanAttributes['http.status_code'], ' ', ErrorType)"
)
_SAID: Final = "concat(ErrorType, ' ', StatusMessage)"
CLASSES: Final[Mapping[str, tuple[str, str]]] = {
    "timeout": (r"\b(408|504)\b", r"(?i)time[ _-]?d?[ _-]?out|deadline[ _]?exceeded"),
    "rate_limit": (r"\b429\b", r"(?i)rate[ _-]?limit|too[ _]many[ _]requests|quota|resource[ _]?exhausted|throttl"),
    "outage": (
        r"\b(500|502|503|520|521|522|523|529)\b",
        (
            r"(?i)unavailable|overloaded|bad gateway|internal ?server ?error|unreachable|name resolution"
            r"|connect(ion)? ?(refused|reset|aborted|closed|error)|api_?connection"
        ),
    ),
}
"""Class of a failure → patterns of HTTP statuses and of error types and messages; what has none is an ``exception``."""


class Error(SqlBuiltin):
    """1 where nothing failed, else 0, of spans with the class of the failure: what broke is no matter of quality."""

    name: ClassVar[str] = "error"
    scopes: ClassVar[tuple[Scope, ...]] = ("trace", "span", "session")

    def expressions(self, scope: Scope) -> Mapping[str, str]:
        """Of a trace or a session any span counts."""
        if scope != "span":
            reason = "concat(toString(ErrorCount), ' of ', toString(SpanCount), ' spans failed')"
            return {
                "value": "if(ErrorCount > 0, 0, 1)",
                "label": "if(ErrorCount > 0, 'failed', 'fine')",
                "reason": reason,
            }
        classes = ", ".join(
            f"match({_STATUS}, {literal(status)}) OR match({_SAID}, {literal(said)}), '{name}'"
            for name, (status, said) in CLASSES.items()
        )
        return {
            "value": "if(IsError, 0, 1)",
            "label": f"multiIf(NOT IsError, 'fine', {classes}, 'exception')",
            "reason": "if(IsError, if(StatusMessage != '', StatusMessage, ErrorType), '')",
        }
