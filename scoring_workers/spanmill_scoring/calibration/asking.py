"""Asking a rule's scorer, in batches, with progress; what it answers is recorded nowhere."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from spanmill_scoring.calibration.paying import paid
from spanmill_scoring.outcomes import NOTHING_TO_SAY, Failure, Outcome, Score, Scores
from spanmill_scoring.rules.loaded import LoadedRule
from spanmill_scoring.scoring import Bench, outcomes_of
from spanmill_store.errors import SpanmillError
from spanmill_store.targets import Target

_BATCH = 16

Answer = Score | Failure
"""What is said of one target, of several outputs by the one that counts."""


class NobodyAnswers(SpanmillError):
    """The judge cannot be asked at all."""


@dataclass(slots=True)
class Asker:
    """
    Asks, and counts.

    Attributes:
        tell: Is told after each batch how many questions were asked.
        calls: Questions asked.
        failures: Those that got no verdict.
    """

    bench: Bench
    tell: Callable[[int], None]
    calls: int = 0
    failures: int = 0
    _has_answer: bool = field(default=False)

    def ask(self, loaded: LoadedRule, targets: Sequence[Target]) -> list[Answer]:
        """
        Return what *loaded* says of *targets*, in their order.

        Raises:
            NobodyAnswers: Its endpoint has not answered a single question so far.
            BudgetReached: What its judge may cost a day is used up.
        """
        found: list[Answer] = []
        for start in range(0, len(targets), _BATCH):
            found += self._batch(loaded, targets[start : start + _BATCH])
        return found

    def _batch(self, loaded: LoadedRule, targets: Sequence[Target]) -> list[Answer]:
        found = {target.id: target for target in targets}
        by_id = outcomes_of(self.bench, loaded, found) if loaded.rule.judge is None else paid(self.bench, loaded, found)
        outcomes = [_single(loaded, by_id[target.id]) for target in targets]
        failures = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
        self.calls += len(outcomes)
        self.failures += len(failures)
        self._has_answer = self._has_answer or any(not _is_away(outcome) for outcome in outcomes)
        if not self._has_answer:
            raise NobodyAnswers(f"Rule {loaded.name!r} cannot be checked: {failures[0].reason}. Nothing was stored.")
        self.tell(self.calls)
        return outcomes


def _single(loaded: LoadedRule, outcome: Outcome) -> Answer:
    """Of several outputs, the one that the rule's flag looks at."""
    if not isinstance(outcome, Scores):
        return outcome
    output = loaded.rule.flag.output if loaded.rule.flag else None
    if output is None:
        return Failure("scorer_error", "the scorer has several outputs: name one as the output of flag")
    return outcome.outputs.get(output, NOTHING_TO_SAY)


def _is_away(outcome: Answer) -> bool:
    return isinstance(outcome, Failure) and outcome.state == "provider_error"
