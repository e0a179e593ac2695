"""
Scorers of the support bot's rules, as a user would write them.

A scorer gets a `spanmill_scoring.Target` and returns a number, a bool, a label, a `Score`, or None for "nothing to
say". It needs nothing else of spanmill, and what it raises is recorded as its own failure.
"""

import json
import re

from spanmill_scoring import Score, Target

_REFUSAL = re.compile(
    r"\b(can(not|'t)|(am|are|'m) (not able|unable) to) (help|assist)\b|\bwith this request\b", re.IGNORECASE
)

_COMMON_WORDS = {
    "English": "the is are of to and you your we it i my in for from with not how what can does be was this will no",
    "German": "der die das ist und sie ihre wir es ich mein in von mit nicht wie was kann wird für aus bei uns den",
    "Spanish": "el la los las es de y su lo mi en por con no cómo qué puede un una se del al gracias otras",
    "French": "le la les est et vous votre nous il je mon ma en de du avec ne pas où que peut un une dans combien",
}


def refusal(target: Target) -> Score:
    """Label answers that decline to help."""
    found = _REFUSAL.search(target.output)
    return Score(label="refusal", reason=f"“{found[0]}”") if found else Score(label="answered")


def language(target: Target) -> Score | None:
    """Score 0 where question and answer are in different languages; say nothing where either is unclear."""
    asked, answered = _language_of(target.input), _language_of(target.output)
    if asked is None or answered is None:
        return None
    return Score(value=asked == answered, reason=f"asked in {asked}, answered in {answered}")


def valid_json(target: Target) -> Score:
    """Score 1 where the answer is JSON and nothing else."""
    try:
        json.loads(target.output)
    except ValueError as error:
        return Score(value=0, reason=str(error))
    return Score(value=1, reason="the answer is JSON")


def _language_of(text: str) -> str | None:
    if text.lstrip().startswith(("{", "[")):
        return None
    words = re.findall(r"\w+", text.lower())
    counts = {name: sum(word in common.split() for word in words) for name, common in _COMMON_WORDS.items()}
    best, second, *_ = sorted(counts.values(), reverse=True)
    return max(counts, key=lambda name: counts[name]) if best >= 2 and best > second else None
