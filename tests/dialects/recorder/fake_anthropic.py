"""Anthropic's messages, as the script has them: its input tokens leave out what was cached."""

import json
from collections.abc import Iterator
from typing import Any, Final

from dialects.recorder import script

Json = dict[str, Any]

USAGE: Final[Json] = {
    "input_tokens": 200,
    "cache_read_input_tokens": 1000,
    "cache_creation_input_tokens": 50,
    "cache_creation": {"ephemeral_5m_input_tokens": 50, "ephemeral_1h_input_tokens": 0},
    "output_tokens": script.COMPLETION_TOKENS,
    "service_tier": "standard",
}


def message(request: Json) -> Json:
    """One whole answer."""
    block = _block(request)
    return _head(request) | {"content": [block], "stop_reason": _stop(block), "usage": USAGE}


def message_events(request: Json) -> Iterator[str]:
    """The same answer as server-sent events: the last one has the final count of output tokens."""
    block = _block(request)
    yield _event("message_start", message=_head(request) | {"content": [], "usage": USAGE | {"output_tokens": 1}})
    if block["type"] == "tool_use":
        opening, deltas = (
            block | {"input": {}},
            [{"type": "input_json_delta", "partial_json": json.dumps(block["input"])}],
        )
    else:
        words = block["text"].split(" ")
        texts = [word if word is words[0] else " " + word for word in words]
        opening, deltas = block | {"text": ""}, [{"type": "text_delta", "text": text} for text in texts]
    yield _event("content_block_start", index=0, content_block=opening)
    for delta in deltas:
        yield _event("content_block_delta", index=0, delta=delta)
    yield _event("content_block_stop", index=0)
    ending = {"stop_reason": _stop(block), "stop_sequence": None}
    yield _event("message_delta", delta=ending, usage={"output_tokens": script.COMPLETION_TOKENS})
    yield _event("message_stop")


def _head(request: Json) -> Json:
    return {
        "id": "msg_KC7",
        "type": "message",
        "role": "assistant",
        "model": script.answering(request["model"]),
        "stop_reason": None,
        "stop_sequence": None,
    }


def _block(request: Json) -> Json:
    tools = [tool["name"] for tool in request.get("tools") or []]
    if called := script.call(tools, request["messages"]):
        purpose, name, arguments = called
        return {"type": "tool_use", "id": f"toolu_KC7{purpose}0001", "name": name, "input": arguments}
    return {"type": "text", "text": script.text(False)}


def _stop(block: Json) -> str:
    return "tool_use" if block["type"] == "tool_use" else "end_turn"


def _event(kind: str, **data: Any) -> str:
    return f"event: {kind}\ndata: {json.dumps({'type': kind} | data)}\n\n"
