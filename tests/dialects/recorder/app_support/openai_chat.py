"""The conversation by the `openai` package alone: the loop that its documentation shows for tools."""

from contextlib import suppress
from typing import Any

from conversation import MODEL, QUESTION, SYSTEM, TOOLS, order_lookup


def converse(client: Any) -> str:
    """Ask, look up what the model wants to know, and return its answer."""
    messages: list[Any] = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": QUESTION}]
    first = client.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS, temperature=0.2)
    call = first.choices[0].message.tool_calls[0]
    messages.append(first.choices[0].message)
    messages.append({"role": "tool", "tool_call_id": call.id, "content": order_lookup("KC-7")})
    second = client.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS, temperature=0.2)
    return str(second.choices[0].message.content)


def stream(client: Any) -> str:
    """Ask without tools and return the answer, which comes in pieces."""
    messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": QUESTION}]
    options = {"include_usage": True}
    pieces = client.chat.completions.create(model=MODEL, messages=messages, stream=True, stream_options=options)
    return "".join(piece.choices[0].delta.content or "" for piece in pieces if piece.choices)


def refused(client: Any) -> None:
    """Ask for a model that there is not."""
    with suppress(Exception):  # what it raises is the library's, and recorded
        client.chat.completions.create(model="no-such-model", messages=[{"role": "user", "content": QUESTION}])
