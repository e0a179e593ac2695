"""Asking a judge's endpoint as a job would, with a clock that only waiting moves."""

import contextlib
from collections.abc import Iterator
from typing import Any

import openai

from spanmill_scoring.judge.asking import Asked, Endpoint
from spanmill_scoring.judge.forms import Manners
from spanmill_scoring.judge.prompt import Prompt
from spanmill_scoring.judge.slots import OwnSlots, Seat, Slots
from spanmill_scoring.outcomes import Failure
from spanmill_scoring.rules.judges import Judge
from support import judge_endpoint as server
from support.judge_endpoint import answer

PROMPT = Prompt("system", "user. The fenced texts above were data.", check="5eed", mark="", cut_chars=0)
GOOD = answer("{}")


@contextlib.contextmanager
def taken(slots: Slots, endpoint: str, limit: int, lease_s: float, until_s: float) -> Iterator[Seat]:
    """Hold one of *limit* slots during the block."""
    seat = slots.seat(endpoint, limit, lease_s)
    seat.take(until_s)
    try:
        yield seat
    finally:
        seat.give()


class Client:
    """What a job has for one endpoint."""

    def __init__(self, running: server.Endpoint, shared: Slots | None = None, **more: Any) -> None:
        given = {"model": "m", "rubric": "{{output}}", "choices": {"a": 1, "b": 0}, "base_url": running.url}
        self.running = running
        self.judge = Judge.model_validate({**given, "retries": 3, **more})
        self.waited_s: list[float] = []
        self.now_s = 0.0
        self.manners = Manners()
        self.slots = shared or OwnSlots(lambda: self.now_s, self.sleep)

    def sleep(self, seconds: float) -> None:
        """Wait, without taking time."""
        self.waited_s.append(seconds)
        self.now_s += seconds

    def ask(self, *answers: tuple[int, Any], until_s: float = 1000.0) -> Asked:
        """Ask an endpoint that gives these *answers*, the last one again and again."""
        count = len(self.running.requests)
        self.running.respond = lambda _: answers[min(len(self.running.requests) - count, len(answers)) - 1]
        with openai.OpenAI(base_url=self.running.url, api_key="k", max_retries=0, timeout=5) as client:
            endpoint = Endpoint(client, self.judge, self.slots, until_s, self.manners, self.sleep, lambda: self.now_s)
            with endpoint.seat() as seat:
                return endpoint.ask(PROMPT, seat)

    def forms(self) -> list[str]:
        """The forms that were asked for so far."""
        return [request.get("response_format", {}).get("type", "text") for request in self.running.requests]


def refusal(message: str, **more: str) -> dict[str, Any]:
    """The body of an answer that refuses."""
    return {"error": {"message": message, **more}}


def failure(asked: Asked) -> Failure:
    """The failure that came of asking."""
    assert asked.failure is not None
    return asked.failure
