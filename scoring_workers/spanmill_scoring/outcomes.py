"""What comes out of a scorer: a score, or a failure with a reason. A failure is a value, never a fake 0."""

import math
from dataclasses import dataclass
from typing import Final, Literal

MAX_LABEL_CHARS: Final = 200
MAX_REASON_CHARS: Final = 4000

FailureState = Literal["budget", "filtered", "parse_error", "provider_error", "scorer_error", "too_large"]


@dataclass(frozen=True, slots=True)
class Score:
    """
    What a scorer thinks of a target.

    Attributes:
        value: A finite number, or None where only the label counts.
        label: A short word, or ''.
        reason: Why, in a sentence.
    """

    value: float | None = None
    label: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """
    Why there is no score.

    Attributes:
        state: The ledger's final state; ``filtered`` where the scorer itself said that it has nothing to say.
        reason: One sentence.
    """

    state: FailureState
    reason: str


Outcome = Score | Failure

NOTHING_TO_SAY: Final = Failure("filtered", "the scorer gave no score")
GONE: Final = Failure("filtered", "its spans are no longer stored")


def outcome_of(returned: object) -> Outcome:
    """Return the outcome that a scorer's return value means: number, bool, label, `Score` or None; else a failure."""
    if returned is None:
        return NOTHING_TO_SAY
    if isinstance(returned, Score):
        return _checked(returned.value, returned.label, returned.reason)
    if isinstance(returned, str):
        return _checked(None, returned, "")
    return _checked(returned, "", "")


def _checked(value: object, label: object, reason: object) -> Outcome:
    if not isinstance(label, str) or not isinstance(reason, str):
        return _nonsense("label and reason must be text")
    if len(label) > MAX_LABEL_CHARS:
        return _nonsense(f"a label may have {MAX_LABEL_CHARS} characters, not {len(label)}")
    if value is None:
        return Score(None, label, reason[:MAX_REASON_CHARS]) if label else NOTHING_TO_SAY
    try:
        number = float(value) if hasattr(value, "__float__") and not isinstance(value, complex) else None
    except (TypeError, ValueError, OverflowError):
        number = None
    if number is None:
        return _nonsense(f"{type(value).__name__} is neither number, bool, text, Score nor None")
    if not math.isfinite(number):
        return _nonsense(f"the value is {number}")
    return Score(number, label, reason[:MAX_REASON_CHARS])


def _nonsense(what: str) -> Failure:
    return Failure("scorer_error", f"the scorer returned nonsense: {what}")
