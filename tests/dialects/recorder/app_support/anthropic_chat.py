"""The conversation by the `anthropic` package alone: the loop that its documentation shows for tools."""

from typing import Any

from conversation import CLAUDE, PARAMETERS, QUESTION, SYSTEM, order_lookup

TOOL: dict[str, Any] = {"name": "order_lookup", "description": "Finds an order.", "input_schema": PARAMETERS}
"""The tool as Anthropic's messages take it."""


def converse(client: Any) -> str:
    """Ask, look up what the model wants to know, and return its answer."""
    messages: list[Any] = [{"role": "user", "content": QUESTION}]
    asked = {"model": CLAUDE, "max_tokens": 200, "system": SYSTEM, "tools": [TOOL]}
    first = client.messages.create(messages=messages, **asked)
    finding = {"type": "tool_result", "tool_use_id": first.content[0].id, "content": order_lookup("KC-7")}
    messages += [{"role": "assistant", "content": first.content}, {"role": "user", "content": [finding]}]
    second = client.messages.create(messages=messages, **asked)
    return str(second.content[0].text)


def stream(client: Any) -> str:
    """Ask without tools and return the answer, which comes in pieces."""
    messages = [{"role": "user", "content": QUESTION}]
    asked = {"model": CLAUDE, "max_tokens": 200, "system": SYSTEM, "messages": messages}
    with client.messages.stream(**asked) as pieces:
        return "".join(pieces.text_stream)
