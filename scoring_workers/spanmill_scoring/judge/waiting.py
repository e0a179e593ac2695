"""How long to wait before an endpoint is asked again: what it asks for itself, else ever longer, by chance."""

import email.utils
import math
import random
import re
import time
from collections.abc import Callable, Mapping
from typing import Final

import openai

FIRST_S: Final = 0.5
MOST_S: Final = 30.0
"""Bounds of what is waited for without being asked to."""

MOST_ASKED_S: Final = 60.0
"""Whoever asks for more is not waited for inside a job: the target goes back to waiting, and is offered again."""

_PASSING: Final = frozenset({408, 409, 425, 429})
_SPENT: Final = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
"""Codes of 429 that only money ends."""

_UNITS_S: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_DURATION: Final = re.compile(rf"(?:{_PART.pattern})+")

Headers = Mapping[str, str]


def may_pass(error: openai.OpenAIError) -> bool:
    """Whether the same call may succeed a little later."""
    if isinstance(error, openai.APIConnectionError):
        return True
    if not isinstance(error, openai.APIStatusError) or error.code in _SPENT:
        return False
    said = error.response.headers.get("x-should-retry")
    if said in ("true", "false"):
        return said == "true"
    return error.status_code in _PASSING or error.status_code >= 500


def before_next_s(tries: int, asked_s: float | None, chance: Callable[[float, float], float] = random.uniform) -> float:
    """
    Return the seconds to wait after so many failed *tries*, at least *asked_s*, which the endpoint asked for.

    Full jitter (AWS, "Exponential Backoff and Jitter"): callers that failed together do not come back together.
    """
    by_chance_s = chance(0.0, min(MOST_S, FIRST_S * 2.0 ** (tries - 1)))
    return by_chance_s if asked_s is None else asked_s + by_chance_s


def asked_s(headers: Headers, clock: Callable[[], float] = time.time) -> float | None:
    """Return the seconds that a response asks to wait before the next request, by ``Retry-After`` or its like."""
    for name, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        number = _number(headers.get(name))
        if number is not None:
            return number * unit_s
    at_s = _date_s(headers.get("retry-after"))
    return None if at_s is None else max(0.0, at_s - clock())


def until_reset_s(headers: Headers, tokens: int = 0) -> float:
    """
    Return for how long an endpoint has nothing left to give, by its headers ``x-ratelimit-…``; 0 where it has.

    *tokens* is what a call takes: where fewer are left, the next one would fail.
    """
    waits_s = [0.0]
    for what, needed in (("requests", 1), ("tokens", max(1, tokens))):
        left = _number(headers.get(f"x-ratelimit-remaining-{what}"))
        reset_s = _duration_s(headers.get(f"x-ratelimit-reset-{what}"))
        if left is not None and reset_s is not None and left < needed:
            waits_s.append(reset_s)
    return min(max(waits_s), MOST_ASKED_S)


def _duration_s(text: str | None) -> float | None:
    """Return the seconds of ``1s``, ``6m0s``, ``20ms``, or of a plain number."""
    if text is None or not _DURATION.fullmatch(text.strip()):
        return _number(text)
    return sum(float(number) * _UNITS_S[unit] for number, unit in _PART.findall(text))


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _date_s(text: str | None) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(text or "").timestamp()
    except (TypeError, ValueError, OverflowError, OSError):
        return None
