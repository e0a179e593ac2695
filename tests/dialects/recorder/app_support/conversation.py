"""The conversation that the apps have with the fake API, see `dialects.recorder.script`."""

import json
from typing import Any

MODEL = "gpt-4o-mini"
CLAUDE = "claude-sonnet-4-5"
EMBEDDING_MODEL = "text-embedding-3-small"
SYSTEM = "Be brief."
QUESTION = "Where is my order KC-7?"

SESSION = "conversation-1"
USER = "ana"
TAGS = ["vip", "beta"]

PARAMETERS: dict[str, Any] = {"type": "object", "properties": {"order": {"type": "string"}}, "required": ["order"]}
TOOLS: list[dict[str, Any]] = [
    {
        "type": "function",
        "function": {"name": "order_lookup", "description": "Finds an order.", "parameters": PARAMETERS},
    }
]
"""The tool as OpenAI's chat completions take it."""


def order_lookup(order: str) -> str:
    """Finds an order."""
    return json.dumps({"status": "shipped"}) if order == "KC-7" else json.dumps({"status": "unknown"})
