"""OpenAI's Responses API, as the script has it."""

import json
from collections.abc import Iterator
from typing import Any, Final

from dialects.recorder import script

Json = dict[str, Any]

USAGE: Final[Json] = {
    "input_tokens": script.PROMPT_TOKENS,
    "input_tokens_details": {"cached_tokens": script.CACHED_TOKENS},
    "output_tokens": script.COMPLETION_TOKENS,
    "output_tokens_details": {"reasoning_tokens": script.REASONING_TOKENS},
    "total_tokens": script.TOTAL_TOKENS,
}


def response(request: Json) -> Json:
    """One whole answer."""
    return _head(request) | {"status": "completed", "output": [_item(request)], "usage": USAGE}


def response_events(request: Json) -> Iterator[str]:
    """The same answer as server-sent events."""
    started = _head(request) | {"status": "in_progress", "output": [], "usage": None}
    item = _item(request)
    events: list[Json] = [
        {"type": "response.created", "response": started},
        {"type": "response.in_progress", "response": started},
    ]
    place = {"item_id": item["id"], "output_index": 0}
    if item["type"] == "function_call":
        opening, whole = item | {"arguments": "", "status": "in_progress"}, {"arguments": item["arguments"]}
        inner = [
            {"type": "response.function_call_arguments.delta", **place, "delta": item["arguments"]},
            {"type": "response.function_call_arguments.done", **place, **whole, "name": item["name"]},
        ]
    else:
        opening, part = item | {"content": [], "status": "in_progress"}, item["content"][0]
        place |= {"content_index": 0}
        words = part["text"].split(" ")
        deltas = [word if word is words[0] else " " + word for word in words]
        inner = [
            {"type": "response.content_part.added", **place, "part": part | {"text": ""}},
            *({"type": "response.output_text.delta", **place, "delta": delta, "logprobs": []} for delta in deltas),
            {"type": "response.output_text.done", **place, "text": part["text"], "logprobs": []},
            {"type": "response.content_part.done", **place, "part": part},
        ]
    events += [{"type": "response.output_item.added", "output_index": 0, "item": opening}, *inner]
    events += [{"type": "response.output_item.done", "output_index": 0, "item": item}]
    events += [{"type": "response.completed", "response": response(request)}]
    for number, event in enumerate(events):
        yield f"event: {event['type']}\ndata: {json.dumps(event | {'sequence_number': number})}\n\n"


def _head(request: Json) -> Json:
    return {
        "id": "resp_KC7",
        "object": "response",
        "created_at": script.CREATED,
        "model": script.answering(request["model"]),
        "instructions": request.get("instructions"),
        "tools": request.get("tools") or [],
        "tool_choice": request.get("tool_choice") or "auto",
        "parallel_tool_calls": True,
        "error": None,
        "incomplete_details": None,
        "metadata": {},
        "temperature": 1.0,
        "top_p": 1.0,
        "service_tier": "default",
        "text": {"format": {"type": "text"}},
    }


def _item(request: Json) -> Json:
    tools = [tool["name"] for tool in request.get("tools") or [] if "name" in tool]
    wants_json = ((request.get("text") or {}).get("format") or {}).get("type") in {"json_object", "json_schema"}
    if called := script.call(tools, request["input"]):
        purpose, name, arguments = called
        ids = {"id": f"fc_KC7{purpose}0001", "call_id": f"call_KC7{purpose}0001"}
        call = {"name": name, "arguments": json.dumps(arguments), "status": "completed"}
        return {"type": "function_call", **ids, **call}
    return _text(script.text(wants_json))


def _text(text: str) -> Json:
    part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    return {"type": "message", "id": "msg_KC7", "role": "assistant", "status": "completed", "content": [part]}
