"""All built-in scorers by name, and how a rule's ``builtin`` becomes one."""

from collections.abc import Mapping
from typing import Final

from pydantic import ValidationError

from spanmill_scoring.builtin.abandoned import Abandoned
from spanmill_scoring.builtin.contains import Contains
from spanmill_scoring.builtin.cost import Cost
from spanmill_scoring.builtin.empty import Empty
from spanmill_scoring.builtin.error import Error
from spanmill_scoring.builtin.groundedness import Groundedness
from spanmill_scoring.builtin.injection import Injection
from spanmill_scoring.builtin.json_schema import JsonSchema
from spanmill_scoring.builtin.kinds import Builtin
from spanmill_scoring.builtin.language import Language
from spanmill_scoring.builtin.latency import Latency
from spanmill_scoring.builtin.pii import Pii
from spanmill_scoring.builtin.refusal import Refusal
from spanmill_scoring.builtin.regex import Regex
from spanmill_scoring.builtin.repeated_question import RepeatedQuestion
from spanmill_scoring.builtin.resolved import Resolved
from spanmill_scoring.builtin.similarity import Similarity
from spanmill_scoring.builtin.tokens import Tokens
from spanmill_scoring.builtin.tool_errors import ToolErrors
from spanmill_scoring.builtin.tool_loops import ToolLoops
from spanmill_scoring.builtin.tool_path import ToolPath
from spanmill_store.suggestions import nearest

BUILTINS: Final[Mapping[str, type[Builtin]]] = {
    kind.name: kind
    for kind in (
        Error,
        Latency,
        Cost,
        Tokens,
        Empty,
        Contains,
        Regex,
        JsonSchema,
        Language,
        Refusal,
        Pii,
        Injection,
        Groundedness,
        ToolErrors,
        ToolLoops,
        ToolPath,
        Similarity,
        RepeatedQuestion,
        Abandoned,
        Resolved,
    )
}


def builtin_of(given: object) -> Builtin:
    """
    Return the scorer that *given* names: ``error``, or with options ``{regex: {pattern: ^Dear}}``.

    Raises:
        ValueError: There is none of that name, or it cannot have these options; told as one sentence.
    """
    if isinstance(given, Builtin):
        return given
    name, options = _parts(given)
    kind = BUILTINS.get(name)
    if kind is None:
        suggestion = nearest(name, BUILTINS)
        hint = f"did you mean {suggestion!r}?" if suggestion else f"known are {', '.join(BUILTINS)}"
        raise ValueError(f"there is no built-in scorer {name!r}: {hint}")
    try:
        return kind.model_validate(options)
    except ValidationError as error:
        raise ValueError(f"built-in scorer {name!r}: {_sentence(error, kind)}") from None


def _parts(given: object) -> tuple[str, object]:
    if isinstance(given, str):
        return given, {}
    if isinstance(given, dict) and len(given) == 1:
        [(name, options)] = given.items()
        return str(name), {} if options is None else options
    raise ValueError("builtin is a name, or one name with its options: write builtin: {regex: {pattern: ^Dear}}")


def _sentence(error: ValidationError, kind: type[Builtin]) -> str:
    """The first of what is wrong with the options."""
    detail = error.errors(include_url=False)[0]
    option = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        known = ", ".join(kind.options()) or "none"
        return f"it has no option {option!r}; it has {known}"
    if detail["type"] == "missing":
        return f"option {option!r} is missing"
    message = str(detail.get("ctx", {}).get("error", detail["msg"]))
    return f"{option}: {message}" if option else message
