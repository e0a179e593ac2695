"""`flag`: which variant of itself an application runs, read from where that is kept, and recorded."""

import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from spanmill import _shim
from spanmill._recording import text_of

Value = TypeVar("Value", bool, str, int, float, dict[str, Any], list[Any])

VARIABLE: Final = "SPANMILL_FLAG_"
EVENT: Final = "feature_flag.evaluation"
ATTRIBUTE: Final = "feature_flag."

_YES: Final = frozenset({"1", "true", "yes", "on"})
_NO: Final = frozenset({"0", "false", "no", "off"})


@dataclass(frozen=True, slots=True)
class Evaluation:
    """
    What a flag came to.

    Attributes:
        variant: The name of the value; '' where it has none.
        reason: As OpenTelemetry names it: default, static, targeting_match, split, error and so on.
        provider: Who said so.
    """

    value: Any
    variant: str
    reason: str
    provider: str
    error: str = ""


def flag(name: str, default: Value) -> Value:
    """
    Return the value of a feature flag, and record it on the current span, so that answers can be compared by it.

    It comes from the variable ``SPANMILL_FLAG_NAME`` where that is set, else from OpenFeature where the application has
    set up a provider, with the user of `session` (else the session) as the targeting key, else it is *default*. What is
    not of the default's type is not taken. Nothing is raised.

    Args:
        name: Of the flag.
        default: What holds where nobody says anything; its type is the flag's.
    """
    evaluation = Evaluation(default, "", "default", "spanmill")
    with _shim.guard.attempt("evaluate a flag"):
        evaluation = _from_variable(name, default) or _from_openfeature(name, default) or evaluation
    with _shim.guard.attempt("record a flag"):
        _record(name, evaluation)
    value: Value = evaluation.value
    return value


def _from_variable(name: str, default: Any, environment: Mapping[str, str] = os.environ) -> Evaluation | None:
    text = environment.get(VARIABLE + re.sub(r"\W", "_", name).upper())
    if text is None:
        return None
    try:
        return Evaluation(_parsed(text, default), "", "static", "environment")
    except ValueError:
        error = f"{text[:100]!r} is no {type(default).__name__}"
        return Evaluation(default, "", "error", "environment", error)


def _parsed(text: str, default: Any) -> Any:
    """Return what *text* means for a flag of the *default*'s type. Raises ValueError where that is nothing."""
    if isinstance(default, bool):
        word = text.strip().lower()
        if word not in _YES | _NO:
            raise ValueError(word)
        return word in _YES
    if isinstance(default, dict | list):
        import json  # noqa: PLC0415 - few flags are so

        value = json.loads(text)
        if isinstance(value, type(default)):
            return value
        raise ValueError(text)
    return type(default)(text)


def _from_openfeature(name: str, default: Any) -> Evaluation | None:
    """What OpenFeature says, if the application has loaded it and set up a provider."""
    if "openfeature.api" not in sys.modules:
        return None
    from openfeature import api  # noqa: PLC0415 - the application's
    from openfeature.evaluation_context import EvaluationContext  # noqa: PLC0415 - as above

    provider = api.get_provider_metadata()
    if getattr(provider, "is_default_provider", False):
        return None
    client = api.get_client("spanmill")
    ask: dict[type, Callable[..., Any]] = {
        bool: client.get_boolean_details,
        str: client.get_string_details,
        int: client.get_integer_details,
        float: client.get_float_details,
    }
    found = ask.get(type(default), client.get_object_details)(name, default, EvaluationContext(_targeting_key()))
    reason = str(getattr(found.reason, "value", found.reason) or "unknown").lower()
    return Evaluation(found.value, found.variant or "", reason, provider.name, found.error_message or "")


def _targeting_key() -> str | None:
    from spanmill import _session  # noqa: PLC0415 - it loads OpenTelemetry

    said = _session.said()
    return said.get(_session.USER_ID) or said.get(_session.SESSION_ID)


def _record(name: str, evaluation: Evaluation) -> None:
    """As OpenTelemetry's conventions have it, and as an attribute besides, by which spans are easily filtered."""
    from opentelemetry import trace  # noqa: PLC0415 - the host may have no flags

    span = trace.get_current_span()
    value = evaluation.value if isinstance(evaluation.value, bool | int | float) else text_of(evaluation.value)
    said = {
        "feature_flag.key": name,
        "feature_flag.result.value": value,
        "feature_flag.result.variant": evaluation.variant,
        "feature_flag.result.reason": evaluation.reason,
        "feature_flag.provider.name": evaluation.provider,
        "error.message": evaluation.error,
    }
    span.add_event(EVENT, {key: text for key, text in said.items() if text != ""})
    span.set_attribute(ATTRIBUTE + text_of(name), evaluation.variant or value)
