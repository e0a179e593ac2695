"""The conversation by LiteLLM: OpenAI with a tool, then Anthropic, then an embedding."""

import time
from typing import Any

from conversation import CLAUDE, EMBEDDING_MODEL, MODEL, QUESTION, SESSION, SYSTEM, TAGS, TOOLS, USER, order_lookup


def _asked() -> dict[str, Any]:
    """Arguments of a call; LiteLLM marks the metadata that it has been given, so each call needs its own."""
    return {"temperature": 0.2, "user": USER, "metadata": {"session_id": SESSION, "user_id": USER, "tags": TAGS}}


def converse(litellm: Any) -> None:
    """Ask, look up what the model wants to know, ask again; then ask others."""
    messages: list[Any] = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": QUESTION}]
    first = litellm.completion(model=MODEL, messages=messages, tools=TOOLS, **_asked())
    call = first.choices[0].message.tool_calls[0]
    finding = {"role": "tool", "tool_call_id": call.id, "content": order_lookup("KC-7")}
    litellm.completion(model=MODEL, messages=[*messages, first.choices[0].message, finding], tools=TOOLS, **_asked())
    time.sleep(1)  # its callbacks run in threads of their own
    litellm.completion(model=f"anthropic/{CLAUDE}", messages=messages, **_asked())
    time.sleep(1)
    litellm.embedding(model=EMBEDDING_MODEL, input=[QUESTION])
    time.sleep(1)
