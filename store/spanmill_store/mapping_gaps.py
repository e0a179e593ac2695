"""What the mapping does not find in a service's spans, and the attributes that look as if they held it."""

from dataclasses import dataclass
from typing import Final

from spanmill_store.client import Store

PATTERNS: Final = {
    "model_pattern": r"(?i)(^|[._-])model(s|_?name|_?id)?$",
    "tokens_pattern": r"(?i)token|usage",
    "input_pattern": r"(?i)(^|[._-])(prompt|input|question|query|messages?)([._-]|$)",
    "session_pattern": r"(?i)session|conversation|thread|chat[._-]?id",
}
"""What names of attributes that hold a field look like."""


@dataclass(frozen=True, slots=True)
class Gap:
    """
    A field that calls of a service lack.

    Attributes:
        field: model, tokens, input or session; kind where spans look like calls of a model and are not taken for such.
        calls: Spans that were looked at, *lacking* those without it.
        looks_like: Their attributes that may hold it, the most frequent first.
    """

    project: str
    service: str
    field: str
    calls: int
    lacking: int
    looks_like: list[str]


def gaps(store: Store, within_s: int) -> list[Gap]:
    """What the spans of the last *within_s* seconds lack, by project and service."""
    return [
        Gap(row["Project"], row["ServiceName"], row["Field"], row["Calls"], row["Lacking"], list(row["LooksLike"]))
        for row in store.rows("mapping/gaps", within_s=within_s, **PATTERNS)
    ]
