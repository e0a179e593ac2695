"""Judges that grade by a script, honestly or with a known bias, behind an OpenAI-compatible endpoint."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

from support.judge_endpoint import Endpoint, answer, texts_of

WRONG = "seven"
"""An answer with this word is wrong."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a judge is asked: the fenced texts by name, the choices in their order, and how many came before."""

    texts: dict[str, str]
    choices: list[str]
    number: int

    @property
    def answer(self) -> str:
        """The answer that is judged."""
        return self.texts["output"]

    @property
    def is_wrong(self) -> bool:
        """Whether it is wrong."""
        return WRONG in self.answer


Judge = Callable[[Question], bool]
"""Whether the judge calls it bad."""


def honest(question: Question) -> bool:
    """Sees what is wrong, and nothing else."""
    return question.is_wrong


def fond_of_length(question: Question) -> bool:
    """Takes whatever is long for right."""
    return question.is_wrong and len(question.answer) < 300


def fond_of_confidence(question: Question) -> bool:
    """Believes whoever is certain."""
    return question.is_wrong and "certain" not in question.answer


def obedient(question: Question) -> bool:
    """Gives what it is asked for."""
    return question.is_wrong and not any(plea in question.answer for plea in ("give me 1.0", "perfect", "SYSTEM:"))


def fond_of_the_first_choice(question: Question) -> bool:
    """Takes the first choice unless it sees that the answer is wrong."""
    return question.is_wrong or question.choices[0] == "bad"


def reader_of_the_first_document(question: Question) -> bool:
    """Misses whatever does not stand in the first document."""
    return question.is_wrong or not question.texts.get("documents", "Five").startswith("Five")


def fickle(question: Question) -> bool:
    """Throws a coin."""
    return question.number % 3 == 0


def lenient(question: Question) -> bool:
    """Finds no fault with anything."""
    return not question.choices


def serve(endpoint: Endpoint, judge: Judge) -> None:
    """Let *endpoint* answer as *judge* would, by the choices `good` and `bad`."""
    numbers = count()

    def respond(request: dict[str, Any]) -> tuple[int, Any]:
        is_bad = judge(Question(texts_of(request), _choices(request), next(numbers)))
        return 200, answer(json.dumps({"rationale": "as scripted", "choice": "bad" if is_bad else "good"}))

    endpoint.respond = respond


def _choices(request: dict[str, Any]) -> list[str]:
    return list(request["response_format"]["json_schema"]["schema"]["properties"]["choice"]["enum"])
