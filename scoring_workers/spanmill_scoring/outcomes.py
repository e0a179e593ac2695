"""What comes out of a scorer: a score, or a failure with a reason. A failure is a value, never a fake 0."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

MAX_LABEL_CHARS: Final = 200
MAX_REASON_CHARS: Final = 4000
MAX_OUTPUTS: Final = 50
_OUTPUT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")

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


@dataclass(frozen=True, slots=True)
class Scores:
    """Several outputs of one scorer, each a score by its own name."""

    outputs: Mapping[str, Score]


Outcome = Score | Scores | Failure

NOTHING_TO_SAY: Final = Failure("filtered", "the scorer gave no score")
GONE: Final = Failure("filtered", "its spans are no longer stored")


def outcome_of(returned: object) -> Outcome:
    """Return the outcome that a number, bool, label, `Score` (ours or autoevals'), several by name, or None mean."""
    if returned is None:
        return NOTHING_TO_SAY
    if isinstance(returned, Score):
        return returned if _is_good(returned) else _checked(returned.value, returned.label, returned.reason)
    if isinstance(returned, Mapping):
        return _outputs(returned)
    if isinstance(returned, str):
        return _checked(None, returned, "")
    if hasattr(returned, "score") and isinstance(metadata := getattr(returned, "metadata", None), Mapping):
        return _of_autoevals(returned.score, metadata)
    return _checked(returned, "", "")


def _is_good(score: Score) -> bool:
    """Whether there is nothing to correct, as mostly; it saves making all of them anew."""
    value, label, reason = score.value, score.label, score.reason
    if type(value) is not float or type(label) is not str or type(reason) is not str:
        return False
    return math.isfinite(value) and len(label) <= MAX_LABEL_CHARS and len(reason) <= MAX_REASON_CHARS


def _of_autoevals(value: object, metadata: Mapping[str, object]) -> Outcome:
    """A score as autoevals gives it: nothing to say where it has no value; a judge's choice is the label."""
    if value is None:
        return NOTHING_TO_SAY
    choice, reason = metadata.get("choice"), metadata.get("rationale")
    return _checked(value, choice if isinstance(choice, str) else "", reason if isinstance(reason, str) else "")


def _outputs(returned: Mapping[object, object]) -> Outcome:
    """Each output by itself; those that say nothing are left out, and one that is nonsense makes all a failure."""
    if len(returned) > MAX_OUTPUTS:
        return _nonsense(f"at most {MAX_OUTPUTS} outputs may be, not {len(returned)}")
    outputs = {}
    for name, value in returned.items():
        if not isinstance(name, str) or not _OUTPUT.fullmatch(name):
            return _nonsense(f"{str(name)[:60]!r} is no name of an output: use letters, digits, dashes and underscores")
        outcome = _nonsense("outputs have no outputs") if isinstance(value, Mapping) else outcome_of(value)
        if isinstance(outcome, Score):
            outputs[name] = outcome
        elif outcome != NOTHING_TO_SAY and isinstance(outcome, Failure):
            return Failure(outcome.state, f"output {name}: {outcome.reason}")
    return Scores(outputs) if outputs else NOTHING_TO_SAY


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
