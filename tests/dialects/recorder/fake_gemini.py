"""Gemini's generateContent, as the script has it: its candidates' tokens leave out the thoughts."""

import json
from collections.abc import Iterator
from typing import Any, Final

from dialects.recorder import script

Json = dict[str, Any]

USAGE: Final[Json] = {
    "promptTokenCount": script.PROMPT_TOKENS,
    "cachedContentTokenCount": script.CACHED_TOKENS,
    "candidatesTokenCount": script.COMPLETION_TOKENS - script.REASONING_TOKENS,
    "thoughtsTokenCount": script.REASONING_TOKENS,
    "totalTokenCount": script.TOTAL_TOKENS,
}


def content(request: Json, model: str) -> Json:
    """One whole answer."""
    candidate = {"content": {"role": "model", "parts": [_part(request)]}, "finishReason": "STOP", "index": 0}
    return {"candidates": [candidate], "usageMetadata": USAGE, "modelVersion": model, "responseId": "resp_KC7"}


def content_events(request: Json, model: str) -> Iterator[str]:
    """The same answer as one server-sent event."""
    yield f"data: {json.dumps(content(request, model))}\n\n"


def _part(request: Json) -> Json:
    declared = [one for tool in request.get("tools") or [] for one in tool.get("functionDeclarations") or []]
    if called := script.call([one["name"] for one in declared], request["contents"]):
        return {"functionCall": {"name": called[1], "args": called[2]}}
    return {"text": script.text(False)}
