"""
A local server that speaks the OpenAI API and answers from a script, so that the example needs no model.

Two models answer: `support-model`, whose every word is in `script` and of whose answers a known share is bad, and
`stand-in-judge`, which judges text by simple rules of thumb and knows nothing of the script.
"""

import argparse
import asyncio
import itertools
import json
from typing import Any, Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

import script
import stand_in_judge

MODELS: Final = ("support-model", stand_in_judge.MODEL)
CHARACTERS_PER_TOKEN: Final = 4

_numbers = itertools.count(1)


def app() -> Starlette:
    """The server's routes."""
    return Starlette(
        routes=[
            Route("/v1/models", models),
            Route("/v1/chat/completions", complete, methods=["POST"]),
        ]
    )


async def models(request: Request) -> JSONResponse:  # noqa: ARG001 - starlette's signature
    """List the models."""
    listed = [{"id": name, "object": "model", "created": 0, "owned_by": "example"} for name in MODELS]
    return JSONResponse({"object": "list", "data": listed})


async def complete(request: Request) -> JSONResponse:
    """Answer a chat request, the judge's by judging it, any other from the script."""
    asked = await request.json()
    if asked.get("stream"):
        return _refused("This server does not stream.")
    try:
        if asked.get("model") == stand_in_judge.MODEL:
            verdict = stand_in_judge.judge(asked)
            return JSONResponse(_completion(asked, {"content": json.dumps(verdict)}))
        reply = script.reply(asked["messages"])
    except (script.UnscriptedMessageError, stand_in_judge.UnclearRequestError) as error:
        return _refused(str(error))
    await asyncio.sleep(reply.delay_s)
    return JSONResponse(_completion(asked, _message(reply)))


def _message(reply: script.Reply) -> dict[str, Any]:
    if reply.lookup is None:
        return {"content": reply.text}
    function = {"name": "order_lookup", "arguments": reply.lookup}
    return {"content": None, "tool_calls": [{"id": f"call-{next(_numbers)}", "type": "function", "function": function}]}


def _completion(asked: dict[str, Any], message: dict[str, Any]) -> dict[str, Any]:
    prompt, completion = (len(json.dumps(part)) // CHARACTERS_PER_TOKEN for part in (asked["messages"], message))
    return {
        "id": f"chatcmpl-{next(_numbers)}",
        "object": "chat.completion",
        "created": 0,
        "model": asked["model"],
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant"} | message,
                "finish_reason": "tool_calls" if "tool_calls" in message else "stop",
            }
        ],
        "usage": {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion},
    }


def _refused(why: str) -> JSONResponse:
    return JSONResponse({"error": {"message": why, "type": "invalid_request_error"}}, status_code=400)


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(description="Serve the scripted model and the stand-in judge.")
    parser.add_argument("--port", type=int, default=8099, help="port on 127.0.0.1 (default: 8099)")
    uvicorn.run(app(), host="127.0.0.1", port=parser.parse_args().port, log_level="warning")


if __name__ == "__main__":
    main()
