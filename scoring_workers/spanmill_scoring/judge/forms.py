"""
How an endpoint is asked: for an answer by a schema, as JSON, or in words only.

A server is asked for the strictest form, and for the next one only after it has said that it cannot do it. What it said
is remembered by the process, and for all others where there is Redis, since each job is a process of its own. All forms
are read in the same way (`spanmill_scoring.judge.answer`), so none is trusted more than another: a schema makes answers
more often right, not more true.
"""

import re
from dataclasses import dataclass, replace
from typing import Final, Literal

import openai

from spanmill_scoring.judge.slots import Slots
from spanmill_scoring.rules.judges import Judge

Form = Literal["json_schema", "json_object", "text"]
TokensKey = Literal["max_tokens", "max_completion_tokens"]
LADDER: Final[tuple[Form, ...]] = ("json_schema", "json_object", "text")
TOKENS_KEYS: Final[tuple[TokensKey, ...]] = ("max_tokens", "max_completion_tokens")

REFUSED_BY: Final = frozenset({400, 404, 422})
NOT_GENERATED: Final = "json_validate_failed"
"""Code of a server that can do it, and whose model failed to."""

_NAMES_FORM: Final = re.compile(
    r"response[ _]?format|json[ _]?(schema|object|mode)|structured[ _]?outputs?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Manner:
    """How to ask: in which form, and by which name a limit of tokens is given."""

    form: Form = LADDER[0]
    tokens_key: TokensKey = TOKENS_KEYS[0]

    @classmethod
    def from_text(cls, text: str) -> "Manner":
        """Return the manner that *text* names; whatever else it may be, the first one."""
        known = [cls(form, key) for form in LADDER for key in TOKENS_KEYS]
        return next((manner for manner in known if str(manner) == text), cls())

    def __str__(self) -> str:
        return f"{self.form} {self.tokens_key}"

    def after(self, error: openai.APIStatusError) -> "Manner | None":
        """Return how to ask a server that answered with *error*; None where that was not about the manner."""
        if error.status_code not in REFUSED_BY or error.code == NOT_GENERATED:
            return None
        names_tokens = error.param == "max_tokens" or "max_completion_tokens" in error.message
        if names_tokens and self.tokens_key == "max_tokens":
            return replace(self, tokens_key="max_completion_tokens")
        names_form = (error.param or "").startswith("response_format") or _NAMES_FORM.search(error.message)
        if names_form and self.form != LADDER[-1]:
            return replace(self, form=LADDER[LADDER.index(self.form) + 1])
        return None

    def parameters(self, judge: Judge) -> dict[str, object]:
        """Return what a request says beside its model and its messages."""
        given: dict[str, object] = {"temperature": judge.temperature, "seed": judge.seed}
        given[self.tokens_key] = judge.max_tokens
        given["response_format"] = _response_format(self.form, judge)
        return {name: value for name, value in given.items() if value is not None}


class Manners:
    """How each endpoint and model is asked, as far as is known. Threads may share it."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Manner] = {}

    def of(self, slots: Slots, address: str, model: str) -> Manner:
        """Return how to ask: as we know, else as others do."""
        if (address, model) not in self._known:
            self._known[address, model] = Manner.from_text(slots.recall(address, model))
        return self._known[address, model]

    def learn(self, slots: Slots, address: str, model: str, manner: Manner) -> None:
        """Remember that *manner* is the most that can be asked for."""
        self._known[address, model] = manner
        slots.remember(address, model, str(manner))


KNOWN: Final = Manners()
"""Of this process."""


def _response_format(form: Form, judge: Judge) -> dict[str, object] | None:
    if form == "text":
        return None
    if form == "json_object":
        return {"type": "json_object"}
    return {"type": "json_schema", "json_schema": {"name": "verdict", "strict": True, "schema": _schema(judge)}}


def _schema(judge: Judge) -> dict[str, object]:
    # The check is any text: a server that builds answers by the schema would fill in a constant by itself, whoever has
    # dictated the rest; and a schema that changes with every call would be compiled anew for every call.
    if judge.scale is not None:
        answer: dict[str, object] = {"score": {"type": "number"}}
    else:
        answer = {"choice": {"type": "string", "enum": list(judge.words)}}
    properties = {"rationale": {"type": "string"}, **answer, "check": {"type": "string"}}
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
