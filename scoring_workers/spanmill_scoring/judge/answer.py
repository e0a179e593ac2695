"""
Reading what a judge answered: exactly one verdict that bears the call's check word, or a failure. Nothing is guessed.

A judge may think aloud first, or put its object into a Markdown fence; what counts is the JSON object with which the
answer ends. An answer that was dictated by a text under judgement cannot know the check word.
"""

import json
import math
from typing import Any, Final

from spanmill_scoring.judge.marking import unmarked
from spanmill_scoring.judge.prompt import Prompt
from spanmill_scoring.outcomes import MAX_REASON_CHARS, Failure, Outcome, Score
from spanmill_scoring.rules.judges import Judge, Scale

MAX_ANSWER_CHARS: Final = 50_000
"""A longer answer is not looked at: a verdict with its reasons is far shorter."""

MAX_BRACES: Final = 200
"""So many beginnings of an object are tried, the last one first: a rationale may hold some too."""

FENCE: Final = "```"
MAX_EXCERPT_CHARS: Final = 120


class NoVerdict(Exception):
    """The answer is not one; the text says why, as a sentence of which the judge is the subject."""


def verdict(content: str | None, judge: Judge, prompt: Prompt) -> Outcome:
    """Return the score that the answer *content* to *prompt* gives, or a ``parse_error``."""
    try:
        answer = _object_at_end(content or "")
        _require_form(answer, judge, prompt)
        rationale = _stored(unmarked(answer["rationale"], prompt.mark))
        if judge.scale is not None:
            return Score(_number(answer["score"], judge.scale), "", rationale)
        choice = _choice(answer["choice"], judge)
    except NoVerdict as error:
        return Failure("parse_error", f"the judge {error}")
    return Score((judge.choices or {})[choice], choice, rationale)


def excerpt(text: str | None) -> str:
    """Return the beginning of *text* on one line, in quotes."""
    if not text:
        return "nothing"
    line = " ".join(text[: 4 * MAX_EXCERPT_CHARS].split())
    return repr(line if len(line) <= MAX_EXCERPT_CHARS else line[: MAX_EXCERPT_CHARS - 1] + "…")


def _stored(rationale: str) -> str:
    # Half a character, which JSON can say, cannot be stored.
    return rationale[:MAX_REASON_CHARS].encode("utf-8", "replace").decode("utf-8")


def _object_at_end(content: str) -> dict[str, Any]:
    """Return the JSON object with which *content* ends."""
    if len(content) > MAX_ANSWER_CHARS:
        raise NoVerdict(f"answered with {len(content)} characters, which is no verdict")
    text = content.strip().removesuffix(FENCE).rstrip()
    start = len(text)
    for _ in range(MAX_BRACES):
        start = text.rfind("{", 0, start)
        if start < 0:
            break
        if (found := _decoded(text[start:])) is not None:
            return found
    raise NoVerdict(f"did not end with a JSON object but said {excerpt(content)}")


def _decoded(text: str) -> dict[str, Any] | None:
    """Return *text* as the object that it is as a whole, if it is one."""
    try:
        found = json.loads(text, object_pairs_hook=_object, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise NoVerdict("answered with an object in which a key stands twice")
    return dict(pairs)


def _no_number(name: str) -> float:
    raise ValueError(name)


def _require_form(answer: dict[str, Any], judge: Judge, prompt: Prompt) -> None:
    names = {"rationale", "score" if judge.scale is not None else "choice", "check"}
    if set(answer) != names:
        keys = ", ".join(sorted(names))
        raise NoVerdict(f"answered with other keys than {keys}: {excerpt(json.dumps(answer, ensure_ascii=False))}")
    if answer["check"] != prompt.check:
        raise NoVerdict(
            f"gave the check word {excerpt(str(answer['check']))}, not this call's: a text that it read may have "
            "dictated the answer"
        )
    if not isinstance(answer["rationale"], str):
        raise NoVerdict("gave a rationale that is not text")


def _choice(given: object, judge: Judge) -> str:
    if not isinstance(given, str) or given not in judge.words:
        raise NoVerdict(f"chose {excerpt(str(given))}, not one of {', '.join(judge.words)}")
    return given


def _number(given: object, scale: Scale) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise NoVerdict(f"gave the score {excerpt(str(given))}, which is not a number")
    number = float(given) if abs(given) < 1e300 else math.inf
    if not scale.min <= number <= scale.max:
        raise NoVerdict(f"gave the score {excerpt(str(given))}, which is not from {scale.min:g} to {scale.max:g}")
    return number
