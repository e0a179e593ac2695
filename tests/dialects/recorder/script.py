"""The one conversation that all recordings play, with token counts that no two meanings share."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

CREATED: Final = 1767323045
"""2026-01-02T03:04:05Z: when every answer says that it was made."""

SYSTEM: Final = "Be brief."
QUESTION: Final = "Where is my order KC-7?"
TOOL: Final = "order_lookup"
ARGUMENTS: Final = json.dumps({"order": "KC-7"})
FINDING: Final = json.dumps({"status": "shipped"})
ANSWER: Final = "It is on its way."
CALL_ID: Final = "call_KC7lookup0001"

PROMPT_TOKENS: Final = 1200
CACHED_TOKENS: Final = 1000
COMPLETION_TOKENS: Final = 80
REASONING_TOKENS: Final = 30
TOTAL_TOKENS: Final = PROMPT_TOKENS + COMPLETION_TOKENS
EMBEDDING_TOKENS: Final = 8

DATED: Final = {
    "gpt-4o-mini": "gpt-4o-mini-2024-07-18",
    "claude-sonnet-4-5": "claude-sonnet-4-5-20250929",
}
"""The model that answers, by the one that was asked for."""

Step = Literal["look up", "finish", "object", "answer"]


def answering(model: str) -> str:
    """The name under which *model* answers."""
    return DATED.get(model, model)


def next_step(tools: Sequence[str], has_finding: bool, wants_json: bool = False) -> Step:
    """
    What the model does now.

    Args:
        tools: Names of the tools that it is offered.
        has_finding: Whether the conversation already holds a tool's result.
        wants_json: Whether the answer must be an object.
    """
    if TOOL in tools and not has_finding:
        return "look up"
    if any(name in FINISHING for name in tools):
        return "finish"
    return "object" if wants_json else "answer"


FINISHING: Final[Mapping[str, Mapping[str, Any]]] = {
    "final_answer": {"answer": ANSWER},
    "final_result": {"status": "shipped"},
    "json": {"status": "shipped"},
}
"""Tools by which agents of some frameworks end, and what the model calls them with."""
