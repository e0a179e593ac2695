"""How many tokens it used."""

from collections.abc import Mapping
from typing import ClassVar

from spanmill_scoring.builtin.kinds import SqlBuiltin
from spanmill_store.scoring.predicates import Scope


class Tokens(SqlBuiltin):
    """Tokens in and out together; no score where neither is known."""

    name: ClassVar[str] = "tokens"
    scopes: ClassVar[tuple[Scope, ...]] = ("trace", "span", "session")

    def expressions(self, scope: Scope) -> Mapping[str, str]:  # noqa: ARG002 - the columns have the same names
        """From the columns with tokens, which include what is cached or thought."""
        known = "isNotNull(InputTokens) OR isNotNull(OutputTokens)"
        tokens_in, tokens_out = "ifNull(InputTokens, 0)", "ifNull(OutputTokens, 0)"
        told = f"concat(toString({tokens_in}), ' in, ', toString({tokens_out}), ' out')"
        return {"value": f"if({known}, {tokens_in} + {tokens_out}, NULL)", "reason": f"if({known}, {told}, '')"}
