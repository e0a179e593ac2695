"""The one conversation that all recordings play, with token counts that no two meanings share."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

CREATED: Final = 1767323045
"""2026-01-02T03:04:05Z: when every answer says that it was made."""

SYSTEM: Final = "Be brief."
QUESTION: Final = "Where is my order KC-7?"
TOOL: Final = "order_lookup"
ARGUMENTS: Final = {"order": "KC-7"}
FINDING: Final = json.dumps({"status": "shipped"})
ANSWER: Final = "It is on its way."

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


def answering(model: str) -> str:
    """The name under which *model* answers."""
    return DATED.get(model, model)


def has_finding(messages: Any) -> bool:
    """Whether the conversation already holds the tool's result, in whatever form a framework hands it over."""
    return "shipped" in json.dumps(messages)


def call(tools: Sequence[str], messages: Any) -> tuple[str, str, dict[str, Any]] | None:
    """
    The tool that the model calls now: what for, its name, its arguments; nothing where it answers.

    Args:
        tools: Names of the tools that it is offered, which frameworks may have given a prefix.
        messages: The conversation so far.
    """
    lookup = next((name for name in tools if name.endswith(TOOL)), None)
    if lookup and not has_finding(messages):
        return "lookup", lookup, dict(ARGUMENTS)
    finishing = next((name for name in tools if name in FINISHING), None)
    return ("finish", finishing, dict(FINISHING[finishing])) if finishing else None


def text(wants_json: bool) -> str:
    """What the model answers where it calls no tool."""
    return FINDING if wants_json else ANSWER


FINISHING: Final[Mapping[str, Mapping[str, Any]]] = {
    "final_answer": {"answer": ANSWER},
    "final_result": {"status": "shipped"},
    "json": {"status": "shipped"},
}
"""Tools by which agents of some frameworks end, and what the model calls them with."""
