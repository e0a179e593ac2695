"""OpenAI's chat completions and embeddings, as the script has them."""

import base64
import json
import struct
from collections.abc import Iterator
from typing import Any, Final

from dialects.recorder import script

Json = dict[str, Any]

VECTOR: Final = (0.125, -0.25, 0.5, 0.75)

USAGE: Final[Json] = {
    "prompt_tokens": script.PROMPT_TOKENS,
    "completion_tokens": script.COMPLETION_TOKENS,
    "total_tokens": script.TOTAL_TOKENS,
    "prompt_tokens_details": {"cached_tokens": script.CACHED_TOKENS, "audio_tokens": 0},
    "completion_tokens_details": {
        "reasoning_tokens": script.REASONING_TOKENS,
        "audio_tokens": 0,
        "accepted_prediction_tokens": 0,
        "rejected_prediction_tokens": 0,
    },
}


def completion(request: Json) -> Json:
    """One whole answer."""
    message = _message(request)
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _finish(message)}
    return _head(request, "chat.completion") | {"choices": [choice], "usage": USAGE}


def completion_chunks(request: Json) -> Iterator[str]:
    """The same answer in pieces, as server-sent events; usage at the end where it is asked for."""
    message = _message(request)
    pieces: list[Json] = [{"role": "assistant", "content": None if "tool_calls" in message else ""}]
    if "tool_calls" in message:
        call = message["tool_calls"][0]
        name, arguments = call["function"]["name"], call["function"]["arguments"]
        head = {"index": 0, "id": call["id"], "type": "function", "function": {"name": name, "arguments": ""}}
        pieces += [{"tool_calls": [head]}, {"tool_calls": [{"index": 0, "function": {"arguments": arguments}}]}]
    else:
        words = message["content"].split(" ")
        pieces += [{"content": word if word is words[0] else " " + word} for word in words]
    head = _head(request, "chat.completion.chunk")
    for piece in pieces:
        yield _event(head | {"choices": [{"index": 0, "delta": piece, "finish_reason": None}]})
    yield _event(head | {"choices": [{"index": 0, "delta": {}, "finish_reason": _finish(message)}]})
    if (request.get("stream_options") or {}).get("include_usage"):
        yield _event(head | {"choices": [], "usage": USAGE})
    yield "data: [DONE]\n\n"


def embeddings(request: Json) -> Json:
    """A short vector for each text."""
    texts = request["input"] if isinstance(request["input"], list) else [request["input"]]
    texts = texts if texts and isinstance(texts[0], str | list) else [texts]
    is_packed = request.get("encoding_format") == "base64"
    vector = base64.b64encode(struct.pack("<4f", *VECTOR)).decode() if is_packed else list(VECTOR)
    data = [{"object": "embedding", "index": index, "embedding": vector} for index in range(len(texts))]
    usage = {"prompt_tokens": script.EMBEDDING_TOKENS, "total_tokens": script.EMBEDDING_TOKENS}
    return {"object": "list", "data": data, "model": request["model"], "usage": usage}


def _head(request: Json, kind: str) -> Json:
    return {
        "id": "chatcmpl-KC7",
        "object": kind,
        "created": script.CREATED,
        "model": script.answering(request["model"]),
        "service_tier": "default",
        "system_fingerprint": "fp_KC7",
    }


def _message(request: Json) -> Json:
    tools = [tool["function"]["name"] for tool in request.get("tools") or [] if "function" in tool]
    wants_json = (request.get("response_format") or {}).get("type") in {"json_object", "json_schema"}
    message: Json = {"role": "assistant", "content": None, "refusal": None}
    if called := script.call(tools, request["messages"]):
        purpose, name, arguments = called
        function = {"name": name, "arguments": json.dumps(arguments)}
        return message | {"tool_calls": [{"id": f"call_KC7{purpose}0001", "type": "function", "function": function}]}
    return message | {"content": script.text(wants_json)}


def _finish(message: Json) -> str:
    return "tool_calls" if "tool_calls" in message else "stop"


def _event(data: Json) -> str:
    return f"data: {json.dumps(data)}\n\n"
