"""Judging targets: one call per target, several at a time, and every kind of failure as a value."""

import os
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import openai
from openai.types.chat import ChatCompletion

from spanmill_scoring.judge.answer import excerpt, verdict
from spanmill_scoring.judge.asking import Asked, Endpoint
from spanmill_scoring.judge.prompt import Prompt, prompt_for
from spanmill_scoring.judge.reading import message_of, text_of, usage_of
from spanmill_scoring.judge.slots import OwnSlots, Seat, Slots
from spanmill_scoring.outcomes import Failure, Outcome
from spanmill_scoring.rules.environment import substituted
from spanmill_scoring.rules.judges import Judge
from spanmill_store.judge_calls import JudgeCall
from spanmill_store.targets import Target

NO_KEY: Final = "none"
CUT_OFF: Final = "length"


@dataclass(frozen=True, slots=True)
class Judged:
    """What a judge thinks of a target, and the call that it took; None where none could be made."""

    outcome: Outcome
    call: JudgeCall | None = None


def score(
    judge: Judge,
    targets: Sequence[Target],
    environment: Mapping[str, str] = os.environ,
    slots: Slots | None = None,
    new_token: Callable[[int], str] = secrets.token_hex,
) -> list[Judged]:
    """Return what comes of each of *targets*, in their order. Never raises for a judge that fails."""
    try:
        base_url = substituted(judge.base_url, environment)
        api_key = NO_KEY if judge.api_key_env is None else environment[judge.api_key_env]
    except KeyError as error:
        reason = f"environment variable {error.args[0]} is not set, which judge {judge.model} needs"
        return [Judged(Failure("provider_error", reason))] * len(targets)
    with openai.OpenAI(base_url=base_url, api_key=api_key, timeout=judge.timeout_s, max_retries=0) as client:
        until_s = time.monotonic() + judge.begins_within_s(len(targets))
        endpoint = Endpoint(client, judge, slots or OwnSlots(), until_s)

        # Before the first call, so that no slot stands empty while a prompt is written.
        prompts = [prompt_for(judge, target, new_token) for target in targets]
        return _all_judged(endpoint, prompts, new_token)


def _all_judged(endpoint: Endpoint, prompts: Sequence[Prompt], new_token: Callable[[int], str]) -> list[Judged]:
    """Ask *prompts*, as many at a time as the judge may; each caller keeps its slot from one to the next."""
    left = iter(list(enumerate(prompts)))  # of a list: threads may share it
    found: dict[int, Judged] = {}

    def call() -> None:
        with endpoint.seat() as seat:
            for number, prompt in left:
                found[number] = _judged(endpoint, seat, prompt, new_token)

    with ThreadPoolExecutor(endpoint.judge.concurrency, thread_name_prefix="judge") as threads:
        callers = [threads.submit(call) for _ in range(min(endpoint.judge.concurrency, len(prompts)))]
    for caller in callers:
        caller.result()
    return [found[number] for number in range(len(prompts))]


def _judged(endpoint: Endpoint, seat: Seat, prompt: Prompt, new_token: Callable[[int], str]) -> Judged:
    asked = endpoint.ask(prompt, seat)
    outcome = asked.failure or _outcome(asked.completion, endpoint.judge, prompt)
    if asked.completion is None and not asked.failed:
        return Judged(outcome)
    return Judged(outcome, _call(endpoint, prompt, asked, outcome, new_token))


def _outcome(completion: ChatCompletion | None, judge: Judge, prompt: Prompt) -> Outcome:
    content, refusal, finish_reason = message_of(completion)
    if finish_reason == CUT_OFF:
        return Failure("parse_error", f"the answer of judge {judge.model} was cut off: it may have too few max_tokens")
    if refusal:
        return Failure("parse_error", f"judge {judge.model} declined: {excerpt(refusal)}")
    return verdict(content, judge, prompt)


def _call(
    endpoint: Endpoint, prompt: Prompt, asked: Asked, outcome: Outcome, new_token: Callable[[int], str]
) -> JudgeCall:
    judge, completion = endpoint.judge, asked.completion
    content, refusal, finish_reason = message_of(completion)
    return JudgeCall(
        trace_id=new_token(16),
        span_id=new_token(8),
        started=asked.started,
        latency_ns=asked.latency_ns,
        address=endpoint.address,
        provider=judge.provider,
        model=judge.model,
        response_model=text_of(completion, "model"),
        response_id=text_of(completion, "id"),
        parameters=asked.manner.parameters(judge),
        form=asked.manner.form,
        system=prompt.system,
        user=prompt.user,
        cut_chars=prompt.cut_chars,
        answer=content or refusal,
        finish_reason=finish_reason,
        usage=usage_of(completion),
        failure=outcome.reason if isinstance(outcome, Failure) else "",
        state=outcome.state if isinstance(outcome, Failure) else "scored",
        failed=tuple(asked.failed),
        is_answered=completion is not None,
    )
