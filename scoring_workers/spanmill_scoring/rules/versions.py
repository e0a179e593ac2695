"""Versions of rules: a short hash of everything that can change a score."""

import hashlib
import json
from typing import Final

from spanmill_scoring.judge.prompt import PROMPT_FORMAT
from spanmill_scoring.rules.model import Rule

VERSION_CHARS: Final = 12
_JUDGE_FIELDS: Final = frozenset(
    {"model", "rubric", "choices", "scale", "temperature", "seed", "max_tokens", "datamark", "max_chars"}
)
"""What decides a verdict; where the endpoint is, how it is retried and who looks at the verdict does not."""

_NOT_SAID: Final = {"description", "sample", "strata", "independent", "budget", "cases", "check", "routes", "alert"}
"""What does not decide what a score says: of how many targets one is made, how it is proven, and who is told."""


def version_of(rule: Rule, scorer_source: str = "") -> str:
    """
    Return the version of *rule*, hex.

    *scorer_source* is the text of a Python scorer's module: an edited scorer is another scorer.
    """
    content = rule.model_dump(mode="json", exclude=_NOT_SAID, exclude_none=True)
    if rule.python:
        content["python"] = rule.python.decisive
    if rule.judge:
        content["judge"] = {name: value for name, value in content["judge"].items() if name in _JUDGE_FIELDS}
        content["judge"]["order"] = rule.judge.words
        content["prompt_format"] = PROMPT_FORMAT
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{canonical}\n{scorer_source}".encode("utf-8", "surrogatepass")).hexdigest()[:VERSION_CHARS]
