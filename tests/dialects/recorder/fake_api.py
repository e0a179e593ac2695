"""The model API that the apps talk to: one server for every provider, which knows them by their paths."""

import contextlib
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from dialects.recorder import fake_anthropic, fake_gemini, fake_openai, fake_responses
from dialects.recorder.local_server import Reply, Request, serving

Json = dict[str, Any]

WHOLE: Final[Mapping[str, Callable[[Json], Json]]] = {
    "/chat/completions": fake_openai.completion,
    "/responses": fake_responses.response,
    "/embeddings": fake_openai.embeddings,
    "/messages": fake_anthropic.message,
}
"""What answers at once, by how the path ends."""

STREAMED: Final[Mapping[str, Callable[[Json], Iterator[str]]]] = {
    "/chat/completions": fake_openai.completion_chunks,
    "/responses": fake_responses.response_events,
    "/messages": fake_anthropic.message_events,
}
"""What answers in pieces, where that is asked for."""

GEMINI: Final = re.compile(r"/models/(?P<model>[^/:]+):(?P<method>generateContent|streamGenerateContent)")

NO_MODEL: Final = "no-such-model"

LATENCY_S: Final = 0.02
"""A model takes its time: what comes before its answer must be told from what comes after it."""


@contextlib.contextmanager
def fake_api() -> Iterator[int]:
    """Serve until the block is left; gives the port."""
    with serving(_respond) as port:
        yield port


def _respond(request: Request) -> Reply:
    time.sleep(LATENCY_S)
    path = request.path.partition("?")[0]
    asked: Json = json.loads(request.body or b"{}")
    if asked.get("model") == NO_MODEL:
        return _refusal(f"The model `{NO_MODEL}` does not exist")
    if found := GEMINI.search(path):
        is_streamed = found["method"].startswith("stream")
        answer = fake_gemini.content_events if is_streamed else fake_gemini.content
        return _reply(answer(asked, found["model"]))
    answering = STREAMED if asked.get("stream") else WHOLE
    for ending, answered in answering.items():
        if path.endswith(ending):
            return _reply(answered(asked))
    return _refusal(f"no {path} here")


def _reply(answer: Json | Iterator[str]) -> Reply:
    if isinstance(answer, dict):
        return Reply("application/json", [json.dumps(answer).encode()])
    return Reply("text/event-stream", (event.encode() for event in answer))


def _refusal(message: str) -> Reply:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": "model_not_found"}
    return Reply("application/json", [json.dumps({"error": error}).encode()], 404)
