"""What a check asks about: cases of the rule's file and stored targets, and what people say of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from spanmill_scoring.calibration.sides import Sides
from spanmill_scoring.outcomes import Score
from spanmill_scoring.rules.proof import SIDES, Case
from spanmill_store.targets import Span, Target, TargetId

_NEVER = datetime.fromtimestamp(0, UTC)
_SAME = 1e-9


@dataclass(frozen=True, slots=True)
class Item:
    """
    Something that the rule is asked about.

    Attributes:
        is_bad: What people say of it; None where nobody has said anything.
        case: Of the rule's file; None where the target is a stored one.
        known: What the rule has said of it before, so that it need not be asked.
    """

    target: Target
    is_bad: bool | None = None
    case: Case | None = None
    known: Score | None = None


def items_of_cases(cases: Sequence[Case], sides: Sides) -> list[Item]:
    """Make targets of *cases*."""
    return [
        Item(_target(case, f"case {number}"), _is_bad(case.expect, sides), case) for number, case in enumerate(cases, 1)
    ]


def is_as_expected(score: Score, case: Case, sides: Sides) -> bool:
    """Whether *score* is what *case* expects; `good` and `bad` are sides, unless the rule has labels of those names."""
    expected = case.expect
    if isinstance(expected, float):
        return score.value is not None and abs(score.value - expected) <= _SAME
    if expected in SIDES and expected not in sides.values:
        return sides.is_bad(score.value, score.label) == (expected == "bad")
    return score.label == expected


def named(target: Target, name: str) -> Target:
    """Return *target* under another id, as a thing of its own."""
    return replace(target, id=TargetId("", name))


def _is_bad(expected: str | float, sides: Sides) -> bool:
    if isinstance(expected, float):
        return sides.is_bad(expected, "")
    if expected in SIDES and expected not in sides.values:
        return expected == "bad"
    return sides.is_bad(None, expected)


def _target(case: Case, name: str) -> Target:
    spans = [_span("llm", "model", system_prompt=case.system_prompt)] if case.system_prompt else []
    spans += [_span("retriever", "retriever", output=document) for document in case.documents]
    spans += [_span("tool", tool.name, given=tool.input, output=tool.output) for tool in case.tools]
    columns = {"Input": case.input, "Output": case.output}
    return Target(TargetId("", name), name, case.input, case.output, "", "", columns, tuple(spans))


def _span(kind: str, name: str, *, given: str = "", output: str = "", system_prompt: str = "") -> Span:
    return Span(
        span_id="",
        parent_span_id="",
        name=name,
        type=kind,
        status="Unset",
        status_message="",
        start_time=_NEVER,
        duration_ns=0,
        input=given,
        output=output,
        system_prompt=system_prompt,
        model="",
        tool_name=name if kind == "tool" else "",
        attributes={},
    )
