"""Asking an endpoint once and, where that may help, again: in another manner, or a little later."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import httpx2
import openai
from openai.types.chat import ChatCompletion

from spanmill_scoring.judge import waiting
from spanmill_scoring.judge.answer import excerpt
from spanmill_scoring.judge.forms import KNOWN, NOT_GENERATED, Manner, Manners
from spanmill_scoring.judge.prompt import Prompt
from spanmill_scoring.judge.reading import usage_of
from spanmill_scoring.judge.slots import NoSlot, Seat, Slots
from spanmill_scoring.outcomes import Failure, FailureState
from spanmill_scoring.rules.judges import Judge
from spanmill_store.judge_calls import FailedTry

LEASE_MARGIN_S: Final = 10.0
_TOO_LARGE_CODES: Final = frozenset({"context_length_exceeded", "string_above_max_length", "request_too_large"})


@dataclass(slots=True)
class Asked:
    """
    What came of asking, all tries together.

    Attributes:
        manner: Of the last try.
        started: When the last try began, in UTC.
        latency_ns: Of the last try.
        completion: What the endpoint answered, if it did.
        failure: Why it did not.
        failed: The tries that failed, the last one too if it did.
        retries: How many of them were a repetition.
    """

    manner: Manner
    started: datetime
    latency_ns: int = 0
    completion: ChatCompletion | None = None
    failure: Failure | None = None
    failed: list[FailedTry] = field(default_factory=list)
    retries: int = 0

    def fail(self, status: int, said: str, waited_s: float = 0.0) -> None:
        """Note that a try failed."""
        self.failed.append(
            FailedTry(self.started + timedelta(microseconds=self.latency_ns / 1000), status, said, waited_s)
        )


@dataclass(frozen=True, slots=True)
class Endpoint:
    """
    A judge's endpoint during one job. Threads share it.

    Attributes:
        until_s: On the monotonic clock, when the last try has to begin.
    """

    client: openai.OpenAI
    judge: Judge
    slots: Slots
    until_s: float
    manners: Manners = KNOWN
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    @property
    def address(self) -> str:
        """Where it is."""
        return str(self.client.base_url)

    @contextlib.contextmanager
    def seat(self) -> Iterator[Seat]:
        """A place for one caller, who asks one prompt after the other."""
        seat = self.slots.seat(self.address, self.judge.slots, self.judge.timeout_s + LEASE_MARGIN_S)
        try:
            yield seat
        finally:
            seat.give()

    def ask(self, prompt: Prompt, seat: Seat) -> Asked:
        """Return what comes of *prompt*. Never raises for an endpoint that fails."""
        asked = Asked(self.manners.of(self.slots, self.address, self.judge.model), datetime.now(UTC))
        while asked.completion is None and asked.failure is None:
            self._try(prompt, asked, seat)
        return asked

    def _try(self, prompt: Prompt, asked: Asked, seat: Seat) -> None:
        judge = self.judge
        try:
            seat.take(self.until_s)
            asked.started, began_ns = datetime.now(UTC), time.perf_counter_ns()
            try:
                response = self._send(prompt, asked.manner)
            finally:
                asked.latency_ns = time.perf_counter_ns() - began_ns
            asked.completion = self._read(response)
        except NoSlot:
            asked.failure = Failure("provider_error", f"judge {judge.model} had no free slot in time")
        except openai.APIStatusError as error:
            self._refused(error, asked, seat)
        except openai.APIConnectionError as error:
            self._again_or_over(error, 0, f"could not be asked: {excerpt(str(error))}", asked, seat)
        except (openai.OpenAIError, AttributeError, TypeError, ValueError) as error:
            # A server that is not quite compatible: what it answered cannot be read at all.
            said = f"gave an answer of unknown shape: {excerpt(str(error))}"
            asked.fail(200, said)
            asked.failure = Failure("parse_error", f"judge {judge.model} {said}")

    def _send(self, prompt: Prompt, manner: Manner) -> httpx2.Response:
        # Not by `chat.completions.create`: to check types that we know takes it as long as all the rest of a call.
        body = {
            "model": self.judge.model,
            "messages": [{"role": "system", "content": prompt.system}, {"role": "user", "content": prompt.user}],
            **manner.parameters(self.judge),
        }
        return self.client.post("/chat/completions", cast_to=httpx2.Response, body=body)

    def _read(self, response: httpx2.Response) -> ChatCompletion:
        said: object = response.json()
        if not isinstance(said, dict):
            raise TypeError(f"{type(said).__name__} instead of a completion")
        completion = ChatCompletion.construct(**said)
        used = usage_of(completion)
        pause_s = waiting.until_reset_s(response.headers, (used.input or 0) + (used.output or 0))
        if pause_s > 0:
            self.slots.pause(self.address, pause_s)
        return completion

    def _refused(self, error: openai.APIStatusError, asked: Asked, seat: Seat) -> None:
        said = f"answered HTTP {error.status_code}: {excerpt(error.message)}"
        manner = asked.manner.after(error)
        if manner is None:
            self._again_or_over(error, error.status_code, said, asked, seat)
            return
        self.manners.learn(self.slots, self.address, self.judge.model, manner)
        asked.fail(error.status_code, said)
        asked.manner = manner

    def _again_or_over(self, error: openai.APIError, status: int, said: str, asked: Asked, seat: Seat) -> None:
        """Wait for the next try, or give up."""
        wished_s = waiting.asked_s(error.response.headers) if isinstance(error, openai.APIStatusError) else None
        if wished_s and status == 429:
            self.slots.pause(self.address, min(wished_s, waiting.MOST_ASKED_S))
        wait_s = waiting.before_next_s(asked.retries + 1, wished_s)
        is_worth_it = waiting.may_pass(error) and (wished_s or 0.0) <= waiting.MOST_ASKED_S
        if is_worth_it and asked.retries < self.judge.retries and self.clock() + wait_s < self.until_s:
            asked.fail(status, said, wait_s)
            asked.retries += 1
            seat.give()
            self.sleep(wait_s)
            return
        asked.fail(status, said)
        asked.failure = Failure(_state(error), f"judge {self.judge.model} {said}{_hint(error)}")


def _state(error: openai.APIError) -> FailureState:
    if error.code == NOT_GENERATED:
        return "parse_error"
    status = error.status_code if isinstance(error, openai.APIStatusError) else 0
    return "too_large" if status == 413 or error.code in _TOO_LARGE_CODES else "provider_error"


def _hint(error: openai.APIError) -> str:
    is_about_it = isinstance(error, openai.BadRequestError) and error.param == "temperature"
    return "; give the judge temperature: null" if is_about_it else ""
