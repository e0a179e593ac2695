"""Carrying out a plan: ask, compare, and return the rows of the check. Nothing is stored here."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from spanmill_scoring.calibration import people, probes
from spanmill_scoring.calibration.asking import Answer, Asker
from spanmill_scoring.calibration.findings import Findings, Verdict
from spanmill_scoring.calibration.items import Item, named
from spanmill_scoring.calibration.plan import Plan
from spanmill_scoring.calibration.probes import Judged, Trial
from spanmill_scoring.outcomes import Failure, Score
from spanmill_store import instruments
from spanmill_store.rule_checks import CheckRow
from spanmill_store.targets import TargetId


def measure(plan: Plan, asker: Asker) -> list[CheckRow]:
    """
    Measure the rule of *plan*.

    Raises:
        NobodyAnswers: Its endpoint does not answer; nothing is known then.
        BudgetReached: What its judge may cost a day is used up; nothing is stored then either.
    """
    findings = Findings(plan, asker.bench.clock())
    first = _asked(asker, plan, plan.first)
    verdicts = _verdicts(plan, first)
    rows = []
    if plan.reads_texts:
        rows.append(findings.cases([(item, first[item.target.id]) for item in plan.cases]))
        rows += _probes(findings, asker, _judged(plan, first))
        rows.append(findings.repeats(_repeats(plan, asker, first)))
    rows += findings.agreement(verdicts)
    called_bad = instruments.called_bad(
        asker.bench.store, people.scores_of(plan.loaded), plan.sides.bad, plan.extent.days
    )
    rows.append(findings.rate(verdicts, called_bad))
    return [*rows, findings.verdict(rows, asker.calls, asker.failures)]


def _asked(asker: Asker, plan: Plan, items: Sequence[Item]) -> dict[TargetId, Answer]:
    targets = [item.target for item in items]
    outcomes = asker.ask(plan.loaded, targets)
    return {target.id: outcome for target, outcome in zip(targets, outcomes, strict=True)}


def _verdicts(plan: Plan, first: Mapping[TargetId, Answer]) -> list[Verdict]:
    """What the rule calls what people have labelled, where it has an opinion."""
    found = []
    for item in plan.people.items:
        outcome = item.known or first.get(item.target.id)
        if isinstance(outcome, Score):
            found.append((item, plan.sides.is_bad(outcome.value, outcome.label)))
    return found


def _judged(plan: Plan, first: Mapping[TargetId, Answer]) -> list[Judged]:
    """What there is to change for probes: cases, then what people have labelled, then the rest."""
    found: dict[TargetId, Judged] = {}
    for item in (*plan.cases, *plan.people.items, *plan.others):
        outcome = item.known or first.get(item.target.id)
        if isinstance(outcome, Score):
            found.setdefault(item.target.id, (item, outcome))
    return list(found.values())


def _probes(findings: Findings, asker: Asker, judged: Sequence[Judged]) -> list[CheckRow]:
    plan = findings.plan
    moved: dict[str, list[bool | None]] = {kind: [] for kind in probes.kinds(plan.loaded)}
    by_rule: dict[int, list[Trial]] = defaultdict(list)
    for trial in probes.trials(plan.loaded, plan.sides, judged, plan.extent.probes):
        by_rule[id(trial.loaded)].append(trial)
    for trials in by_rule.values():
        changed = [named(trial.target, f"probe {number}") for number, trial in enumerate(trials)]
        outcomes = asker.ask(trials[0].loaded, changed)
        for trial, outcome in zip(trials, outcomes, strict=True):
            is_moved = None if isinstance(outcome, Failure) else probes.has_moved(trial, outcome, plan.sides)
            moved[trial.kind].append(is_moved)
    return [findings.probe(kind, found) for kind, found in moved.items() if found or kind in probes.NEEDED]


def _repeats(plan: Plan, asker: Asker, first: Mapping[TargetId, Answer]) -> list[list[Answer]]:
    answers = [[first[item.target.id]] for item in plan.repeated]
    targets = [item.target for item in plan.repeated]
    for _ in range(plan.extent.repeats - 1):
        for so_far, outcome in zip(answers, asker.ask(plan.loaded, targets), strict=True):
            so_far.append(outcome)
    return answers
