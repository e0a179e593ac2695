"""The model API that the apps talk to: one server for every provider, which knows them by their paths."""

import contextlib
import json
import re
import time
from collections.abc import Iterator
from typing import Any, Final

from dialects.recorder import fake_anthropic, fake_gemini, fake_openai, fake_responses
from dialects.recorder.local_server import Reply, Request, serving

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
    asked: dict[str, Any] = json.loads(request.body or b"{}")
    is_streaming = bool(asked.get("stream"))
    if asked.get("model") == NO_MODEL:
        return _refusal(f"The model `{NO_MODEL}` does not exist")
    if path.endswith("/chat/completions"):
        return _events(fake_openai.completion_chunks(asked)) if is_streaming else _whole(fake_openai.completion(asked))
    if path.endswith("/responses"):
        return (
            _events(fake_responses.response_events(asked)) if is_streaming else _whole(fake_responses.response(asked))
        )
    if path.endswith("/embeddings"):
        return _whole(fake_openai.embeddings(asked))
    if path.endswith("/messages"):
        return _events(fake_anthropic.message_events(asked)) if is_streaming else _whole(fake_anthropic.message(asked))
    if found := GEMINI.search(path):
        answer = fake_gemini.content_events if found["method"].startswith("stream") else None
        return _events(answer(asked, found["model"])) if answer else _whole(fake_gemini.content(asked, found["model"]))
    return _refusal(f"no {path} here")


def _refusal(message: str) -> Reply:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": "model_not_found"}
    return Reply("application/json", [json.dumps({"error": error}).encode()], 404)


def _whole(answer: dict[str, Any]) -> Reply:
    return Reply("application/json", [json.dumps(answer).encode()])


def _events(events: Iterator[str]) -> Reply:
    return Reply("text/event-stream", (event.encode() for event in events))
