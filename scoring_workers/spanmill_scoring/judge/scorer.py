"""Asking the judge: one call per target, several at a time, and every kind of failure as a value."""

import functools
import json
import logging
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import openai
from openai.types.shared_params import ResponseFormatJSONSchema

from spanmill_scoring.judge.prompt import prompt_for
from spanmill_scoring.outcomes import Failure, Outcome, Score
from spanmill_scoring.rules.environment import substituted
from spanmill_scoring.rules.model import Judge
from spanmill_store.targets import Target

logger = logging.getLogger(__name__)

_TOO_LARGE_CODES: Final = frozenset({"context_length_exceeded", "string_above_max_length", "request_too_large"})
_MAX_RATIONALE_CHARS: Final = 4000


def nonce() -> str:
    """Return a new fence."""
    return secrets.token_hex(8)


def score(
    judge: Judge,
    targets: Sequence[Target],
    environment: Mapping[str, str] = os.environ,
    new_nonce: Callable[[], str] = nonce,
) -> list[Outcome]:
    """Return the outcome of each of *targets*, in their order. Never raises for a judge that fails."""
    try:
        base_url = substituted(judge.base_url, environment)
        api_key = _api_key(judge, environment)
    except KeyError as error:
        reason = f"environment variable {error.args[0]} is not set, which judge {judge.model} needs"
        return [Failure("provider_error", reason)] * len(targets)
    with openai.OpenAI(
        base_url=base_url, api_key=api_key, timeout=judge.timeout_s, max_retries=judge.retries
    ) as client:
        ask = functools.partial(_ask, client, judge, new_nonce)
        with ThreadPoolExecutor(max_workers=judge.concurrency, thread_name_prefix="judge") as threads:
            return list(threads.map(ask, targets))


def verdict(content: str | None, choices: Mapping[str, float]) -> Outcome:
    """Return the score that the judge's answer *content* gives, or a ``parse_error``: nothing is guessed."""
    try:
        answer = json.loads(content or "")
    except ValueError:
        return Failure("parse_error", f"the judge did not answer in JSON but {_excerpt(content)}")
    except RecursionError:
        return Failure("parse_error", "the judge's answer is nested too deeply")
    if not isinstance(answer, dict) or set(answer) != {"choice", "rationale"}:
        return Failure("parse_error", f"the judge's answer has not exactly choice and rationale: {_excerpt(content)}")
    choice, rationale = answer["choice"], answer["rationale"]
    if not isinstance(choice, str) or choice not in choices:
        return Failure("parse_error", f"the judge chose {_excerpt(str(choice))}, not one of {', '.join(choices)}")
    if not isinstance(rationale, str):
        return Failure("parse_error", "the judge's rationale is not text")
    return Score(value=choices[choice], label=choice, reason=rationale[:_MAX_RATIONALE_CHARS])


def _ask(client: openai.OpenAI, judge: Judge, new_nonce: Callable[[], str], target: Target) -> Outcome:
    prompt = prompt_for(target, judge.rubric, judge.choices, nonce=new_nonce(), max_chars=judge.max_chars)
    try:
        completion = client.chat.completions.create(
            model=judge.model,
            temperature=0,
            messages=[{"role": "system", "content": prompt.system}, {"role": "user", "content": prompt.user}],
            response_format=_response_format(judge.choices),
        )
        content = completion.choices[0].message.content
    except openai.APIStatusError as error:
        is_too_large = error.status_code == 413 or error.code in _TOO_LARGE_CODES
        return Failure(
            "too_large" if is_too_large else "provider_error",
            f"judge {judge.model} answered HTTP {error.status_code}: {_excerpt(error.message)}",
        )
    except openai.OpenAIError as error:
        return Failure("provider_error", f"judge {judge.model} could not be asked: {_excerpt(str(error))}")
    except (IndexError, AttributeError, TypeError, ValueError) as error:
        # A server that is not quite compatible: the package parses leniently and the answer lacks its parts.
        return Failure("parse_error", f"judge {judge.model} gave an answer of unknown shape: {_excerpt(str(error))}")
    return verdict(content, judge.choices)


def _response_format(choices: Mapping[str, float]) -> ResponseFormatJSONSchema:
    schema: dict[str, object] = {
        "type": "object",
        "properties": {"rationale": {"type": "string"}, "choice": {"type": "string", "enum": list(choices)}},
        "required": ["rationale", "choice"],
        "additionalProperties": False,
    }
    return {"type": "json_schema", "json_schema": {"name": "verdict", "strict": True, "schema": schema}}


def _api_key(judge: Judge, environment: Mapping[str, str]) -> str:
    if judge.api_key_env is None:
        return "none"
    return environment[judge.api_key_env]


def _excerpt(text: str | None) -> str:
    if not text:
        return "nothing"
    line = " ".join(text.split())
    return repr(line if len(line) <= 120 else line[:119] + "…")
