"""Whoever sends a request, as far as the collector needs to know."""

from dataclasses import dataclass
from typing import Final

ANYBODYS_PROJECT: Final = "default"


@dataclass(frozen=True, slots=True)
class Caller:
    """
    Who sends.

    Attributes:
        project: Whose everything is that is sent.
        key_id: The key's id, empty for a request without one.
        is_public: The key may be known to everybody, so it permits evaluation results only.
    """

    project: str
    key_id: str = ""
    is_public: bool = False


ANYBODY: Final = Caller(ANYBODYS_PROJECT)
"""A request without a key, on loopback."""
