"""``python -m benchmarks.slow_judge PORT``: a judge that takes half a second a call, and says how busy it was."""

import asyncio
import json
import re
import sys
import time
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

LATENCY_S: Final = 0.5
_CHECK: Final = re.compile(r'"check", which is "(\w+)"\.$')


class Busy:
    """How many calls are under way, added up over time."""

    def __init__(self) -> None:
        self.calls = 0
        self.now = 0
        self.most = 0
        self._call_s = 0.0
        self._since_s = time.monotonic()

    def change(self, by: int) -> None:
        """One call more, or one less."""
        self.call_s()
        self.now += by
        self.calls += by > 0
        self.most = max(self.most, self.now)

    def call_s(self) -> float:
        """Seconds of all calls together, until now."""
        now_s = time.monotonic()
        self._call_s += self.now * (now_s - self._since_s)
        self._since_s = now_s
        return self._call_s


def app() -> Starlette:
    """Answers every question with the same verdict."""
    busy = Busy()

    async def complete(request: Request) -> JSONResponse:
        busy.change(1)
        try:
            asked = await request.json()
            await asyncio.sleep(LATENCY_S)
        finally:
            busy.change(-1)
        [check] = _CHECK.findall(asked["messages"][1]["content"])
        content = json.dumps({"rationale": "It is.", "choice": "good", "check": check})
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}
        usage = {"prompt_tokens": 300, "completion_tokens": 20, "total_tokens": 320}
        body = {"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice], "usage": usage}
        return JSONResponse(body)

    async def told(_: Request) -> JSONResponse:
        return JSONResponse({"call_s": busy.call_s(), "calls": busy.calls, "most": busy.most, "at_s": time.monotonic()})

    return Starlette(routes=[Route("/v1/chat/completions", complete, methods=["POST"]), Route("/busy", told)])


if __name__ == "__main__":
    uvicorn.run(app(), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
