"""Asking a rule's scorer, in batches, with progress; what it answers is recorded nowhere."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from spanmill_scoring.outcomes import Failure, Outcome
from spanmill_scoring.rules.files import LoadedRule
from spanmill_scoring.scoring import Bench, outcomes_of
from spanmill_store.errors import SpanmillError
from spanmill_store.targets import Target

_BATCH = 16


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

    def ask(self, loaded: LoadedRule, targets: Sequence[Target]) -> list[Outcome]:
        """
        Return what *loaded* says of *targets*, in their order.

        Raises:
            NobodyAnswers: Its endpoint has not answered a single question so far.
        """
        found: list[Outcome] = []
        for start in range(0, len(targets), _BATCH):
            found += self._batch(loaded, targets[start : start + _BATCH])
        return found

    def _batch(self, loaded: LoadedRule, targets: Sequence[Target]) -> list[Outcome]:
        by_id = outcomes_of(self.bench, loaded, {target.id: target for target in targets})
        outcomes = [by_id[target.id] for target in targets]
        failures = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
        self.calls += len(outcomes)
        self.failures += len(failures)
        self._has_answer = self._has_answer or any(not _is_away(outcome) for outcome in outcomes)
        if not self._has_answer:
            raise NobodyAnswers(f"Rule {loaded.name!r} cannot be checked: {failures[0].reason}. Nothing was stored.")
        self.tell(self.calls)
        return outcomes


def _is_away(outcome: Outcome) -> bool:
    return isinstance(outcome, Failure) and outcome.state == "provider_error"
