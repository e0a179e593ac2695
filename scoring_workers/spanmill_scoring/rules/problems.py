"""Problems of rules files, as sentences: the file, the line, the wrong word, the nearest right one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from spanmill_scoring.rules.alerts import Alert
from spanmill_scoring.rules.combination import Combination
from spanmill_scoring.rules.judges import Judge, Scale
from spanmill_scoring.rules.model import Budget, Completion, Flag, Rule, RulesFile, SqlScorer
from spanmill_scoring.rules.proof import Case, Check, ToolOfCase
from spanmill_scoring.rules.python_scorers import PythonScorer
from spanmill_scoring.rules.routes import Review, Route, Slack, Webhook
from spanmill_store.suggestions import nearest
from spanmill_store.yaml_lines import Document, Place

_MODELS: Final[dict[str, type[BaseModel]]] = {
    "rules": Rule,
    "completion": Completion,
    "sql": SqlScorer,
    "python": PythonScorer,
    "judge": Judge,
    "scale": Scale,
    "budget": Budget,
    "combine": Combination,
    "flag": Flag,
    "cases": Case,
    "tools": ToolOfCase,
    "check": Check,
    "routes": Route,
    "review": Review,
    "webhook": Webhook,
    "slack": Slack,
    "alert": Alert,
}
"""Which model stands under which key, for suggestions."""

_MESSAGES: Final = {
    "model_type": "it should be a mapping",
    "dict_type": "it should be a mapping",
    "list_type": "it should be a list",
    "tuple_type": "it should be a list",
    "string_type": "it should be text",
    "float_parsing": "it should be a number",
    "float_type": "it should be a number",
    "int_parsing": "it should be a whole number",
    "int_type": "it should be a whole number",
}
"""Kinds of findings that pydantic words for programmers."""

_MAX_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a rules file."""

    file: Path
    line: int
    text: str
    rule: str | None = None

    def __str__(self) -> str:
        subject = f"rule {self.rule!r}: " if self.rule else ""
        return f"{self.file}, line {self.line}: {subject}{self.text}"


def of_validation(
    error: ValidationError, file: Path, document: Document, base: Place, rule: str | None
) -> Iterator[Problem]:
    """Turn every finding of pydantic in the part of *document* at *base* into a problem."""
    for detail in error.errors(include_url=False):
        place = base + tuple(part for part in detail["loc"] if not _is_internal(part))
        yield Problem(file, document.line(place), _sentence(detail, place), rule)


def _is_internal(part: int | str) -> bool:
    return isinstance(part, str) and (part == "[key]" or part.startswith("function-"))


def _sentence(detail: ErrorDetails, place: Place) -> str:
    kind, word = detail["type"], next((part for part in reversed(place) if isinstance(part, str)), "the file")
    context: dict[str, Any] = detail.get("ctx", {})
    if kind == "extra_forbidden":
        return f"unknown key {word!r}: {_suggestion(word, _keys_at(place))}"
    if kind == "missing":
        return f"{word!r} is missing: add it."
    if kind == "literal_error":
        options = re.findall(r"'([^']+)'", str(context.get("expected", "")))
        return f"{word} is {_shown(detail['input'])}: {_suggestion(str(detail['input']), options)}"
    if kind == "value_error":
        return f"{context.get('error', detail['msg'])}."
    if kind == "string_pattern_mismatch":
        return f"{word} is {_shown(detail['input'])}: {_pattern_hint(word)}."
    message = _MESSAGES.get(kind, detail["msg"])
    return f"{word} is {_shown(detail['input'])}: {message[:1].lower()}{message[1:]}."


def _pattern_hint(word: str) -> str:
    if word == "scorer":
        return "write module:function or module:Class"
    if word.endswith("_env"):
        return "give the name of an environment variable"
    return "names consist of letters, digits, dots, dashes and underscores"


def _suggestion(word: str, known: list[str]) -> str:
    match = nearest(word, known)
    return f"did you mean {match!r}?" if match else f"known are {', '.join(known)}."


def _model_at(place: Place) -> type[BaseModel]:
    named = [part for part in place[:-1] if isinstance(part, str)]
    return _MODELS.get(named[-1], RulesFile) if named else RulesFile


def _keys_at(place: Place) -> list[str]:
    return list(_model_at(place).model_fields)


def _shown(value: object) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…"
