"""What was measured, as rows to keep: each with its numbers, and whether they are good enough."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from spanmill_scoring.calibration.asking import Answer
from spanmill_scoring.calibration.items import Item, is_as_expected
from spanmill_scoring.calibration.people import segments_of
from spanmill_scoring.calibration.plan import Plan
from spanmill_scoring.outcomes import Failure
from spanmill_store.agreement import Agreement, Confusion, agreement
from spanmill_store.corrected_rate import corrected_rate
from spanmill_store.estimates import Sums, estimate
from spanmill_store.proportions import Measure, share
from spanmill_store.repeats import Repeat, noise_floor
from spanmill_store.rule_checks import VERDICT, CheckRow

_MAX_SEGMENTS: Final = 20
_MAX_TOLD: Final = 3

Verdict = tuple[Item, bool]
"""Something that people have labelled, and whether the rule calls it bad."""


@dataclass(frozen=True, slots=True)
class Findings:
    """Makes the rows of one check of *plan*, made at *time*."""

    plan: Plan
    time: datetime

    def cases(self, asked: Sequence[tuple[Item, Answer]]) -> CheckRow:
        """Whether each case got the verdict that it expects."""
        check = self.plan.loaded.rule.check
        wrong = [told for item, outcome in asked if (told := self._mistake(item, outcome))]
        bad = sum(item.is_bad is True for item, _ in asked)
        numbers: dict[str, float] = {"cases": len(asked), "good": len(asked) - bad, "bad": bad}
        if asked:
            numbers["right"] = 1 - len(wrong) / len(asked)
        reasons = [*wrong[:_MAX_TOLD], *(["…"] if len(wrong) > _MAX_TOLD else [])]
        if len(asked) < check.min_cases:
            reasons.append(f"{len(asked)} of at least {check.min_cases} cases")
        if asked and bad in (0, len(asked)):
            reasons.append("all expect the same side")
        return self._row("cases", numbers, reasons)

    def probe(self, kind: str, moved: Sequence[bool | None]) -> CheckRow:
        """How often the probe *kind* moved a verdict the wrong way; None where there was no verdict."""
        measure = share(sum(one is True for one in moved), sum(one is not None for one in moved))
        limit = self.plan.loaded.rule.check.max_bias
        numbers: dict[str, float] = {"trials": measure.count, "failures": sum(one is None for one in moved)}
        reasons = []
        if measure.value is None:
            reasons.append("it has called no wrong answer bad that could be changed")
        elif measure.value > limit:
            reasons.append(f"more than {limit:g} moved the wrong way")
        return self._row(kind, numbers | _numbers("moved", measure), reasons)

    def repeats(self, asked: Sequence[Sequence[Answer]]) -> CheckRow:
        """How far answers about the same targets differ."""
        sides, limit = self.plan.sides, self.plan.loaded.rule.check.max_flips
        floor = noise_floor(
            [
                [
                    Repeat(sides.is_bad(one.value, one.label), one.value)
                    for one in answers
                    if not isinstance(one, Failure)
                ]
                for answers in asked
            ]
        )
        total = sum(len(answers) for answers in asked)
        failures = sum(isinstance(one, Failure) for answers in asked for one in answers)
        numbers: dict[str, float] = {"targets": floor.flips.count, "answers": floor.answers, "failures": failures}
        numbers |= _numbers("flips", floor.flips)
        if floor.deviation is not None:
            numbers["deviation"] = floor.deviation
        reasons = []
        if floor.flips.value is None:
            reasons.append("nothing was answered twice")
        elif floor.flips.value > limit:
            reasons.append(f"more than {limit:g} of the targets flipped")
        if failures > limit * total:
            reasons.append(f"more than {limit:g} of the answers were no verdicts")
        return self._row("repeats", numbers, reasons)

    def agreement(self, verdicts: Sequence[Verdict]) -> Iterator[CheckRow]:
        """How well the rule agrees with people, first of all labels, then of each part of them."""
        check, people = self.plan.loaded.rule.check, self.plan.people
        found = _agreement(verdicts)
        reasons = []
        if len(verdicts) < check.min_labels:
            reasons.append(f"{len(verdicts)} of at least {check.min_labels} labels")
        if found.kappa.value is None:
            reasons.append("no labels of both sides")
        elif found.kappa.value < check.min_kappa:
            reasons.append(f"kappa is below {check.min_kappa:g}")
        numbers = _of_agreement(found) | {"undecided": people.undecided, "unused": people.unused}
        yield self._row("agreement", numbers, reasons)
        for segment, part in _parts(verdicts, check.segments):
            of_part = _agreement(part)
            high = of_part.kappa.high
            is_below = high is not None and high < check.min_kappa
            reasons = [f"kappa is surely below {check.min_kappa:g}"] if is_below else []
            yield self._row("agreement", _of_agreement(of_part), reasons, segment, is_gate=high is not None)

    def rate(self, verdicts: Sequence[Verdict], called_bad: Sums) -> CheckRow:
        """How much of the traffic is bad: as the rule calls it, and corrected for its mistakes."""
        labels = _confusion(verdicts)
        measure = corrected_rate(called_bad, labels)
        numbers: dict[str, float] = {"scores": called_bad.count}
        if (called := estimate(called_bad)) is not None:
            numbers |= _numbers("called_bad", Measure(called.mean, called.low, called.high, called.count))
        if not called_bad.count:
            reason = f"no scores in {self.plan.extent.days} days"
        elif measure.value is None:
            reason = "it is not seen to tell good from bad" if labels.bad and labels.good else "no labels of both sides"
        else:
            reason = ""
        return self._row("rate", numbers | _numbers("bad", measure), [reason] if reason else [], is_gate=False)

    def verdict(self, rows: Iterable[CheckRow], calls: int, failures: int) -> CheckRow:
        """Whether the rule version is proven: all that there was to pass was passed."""
        failed = dict.fromkeys(row.kind for row in rows if row.passed is False)
        return self._row(VERDICT, {"calls": calls, "failures": failures}, list(failed))

    def _row(
        self,
        kind: str,
        numbers: Mapping[str, float],
        reasons: Sequence[str],
        segment: str = "",
        *,
        is_gate: bool = True,
    ) -> CheckRow:
        loaded = self.plan.loaded
        passed = not reasons if is_gate else None
        return CheckRow(
            loaded.name, loaded.version, self.time, kind, segment, dict(numbers), passed, "; ".join(reasons)
        )

    def _mistake(self, item: Item, outcome: Answer) -> str:
        if isinstance(outcome, Failure):
            return f"{item.target.name}: {outcome.state}, {outcome.reason[:100]}"
        if item.case is None or is_as_expected(outcome, item.case, self.plan.sides):
            return ""
        value = "" if outcome.value is None else f"{outcome.value:g}"
        said = ", ".join(part for part in (value, outcome.label) if part)
        expected = item.case.expect
        return f"{item.target.name} expects {expected if isinstance(expected, str) else f'{expected:g}'}, not {said}"


def _agreement(verdicts: Iterable[Verdict]) -> Agreement:
    return agreement(_confusion(verdicts))


def _confusion(verdicts: Iterable[Verdict]) -> Confusion:
    return Confusion.of((item.is_bad is True, called_bad) for item, called_bad in verdicts)


def _parts(verdicts: Sequence[Verdict], columns: Sequence[str]) -> Iterator[tuple[str, list[Verdict]]]:
    """The parts of each column that tells any apart, the largest first."""
    for column in columns:
        parts: dict[str, list[Verdict]] = defaultdict(list)
        for verdict in verdicts:
            if value := segments_of(verdict[0], (column,)).get(column):
                parts[value].append(verdict)
        if len(parts) > 1:
            sizes = Counter({value: len(part) for value, part in parts.items()})
            for value, _ in sizes.most_common(_MAX_SEGMENTS):
                yield f"{column}={value}", parts[value]


def _of_agreement(found: Agreement) -> dict[str, float]:
    counts = found.confusion
    numbers: dict[str, float] = {
        "labels": counts.count,
        "found": counts.found,
        "missed": counts.missed,
        "false_alarms": counts.false_alarms,
        "cleared": counts.cleared,
    }
    for name in ("kappa", "f1", "sensitivity", "specificity"):
        numbers |= _numbers(name, getattr(found, name))
    return numbers


def _numbers(name: str, measure: Measure) -> dict[str, float]:
    """The estimate under *name*, and the ends of its interval."""
    ends = {name: measure.value, f"{name}_low": measure.low, f"{name}_high": measure.high}
    return {key: value for key, value in ends.items() if value is not None}
