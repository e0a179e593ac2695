"""
Sampling that gives way before a cap is reached.

A rule that would use up its day's budget by noon samples fewer targets instead, so that the whole day is looked at. How
much fewer follows from what was spent lately and what is left for the rest of the day. The chance with which a target
was sampled stands on its score as always, so means stay unbiased whatever happens here.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from spanmill_scoring.budget.caps import Cap, caps_of
from spanmill_scoring.rules.loaded import LoadedRule
from spanmill_store import spend
from spanmill_store.client import Store
from spanmill_store.spend import Payer, Spent

STEP_S: Final = 60.0
"""How often the share is changed."""

LARGEST_STEP: Final = 2.0
"""By which it grows at most: what is sampled now is paid for a little later. It falls as far as it has to at once."""

LEAST_SHARE: Final = 0.001
"""Never nobody: a target whose chance was 0 would count for nothing in any mean."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """When the share of a rule was last decided, and how much of its day's caps was used then."""

    time: datetime
    used: float
    share: float


class Pace:
    """The share of their own rates at which rules sample. Holds only memory that may be lost: all begin with 1."""

    def __init__(self, store: Store, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._store = store
        self._clock = clock
        self._marks: dict[str, _Mark] = {}

    def refresh(self, rules: Iterable[LoadedRule]) -> None:
        """Decide anew, where it is time, about those of *rules* that have a budget."""
        now = self._clock().astimezone(UTC)
        due = [loaded for loaded in rules if _has_budget(loaded) and self._is_due(loaded.name, now)]
        if not due:
            return
        spent = spend.of_day(self._store, now.date())
        for loaded in due:
            self._marks[loaded.name] = self._decided(loaded, now, spent)

    def slowed(self, loaded: LoadedRule) -> LoadedRule:
        """*loaded* with its rates lowered by its share."""
        share = self.share(loaded.name)
        if share == 1:
            return loaded
        strata = {
            name: stratum.model_copy(update={"sample": stratum.sample * share})
            for name, stratum in loaded.rule.strata.items()
        }
        slower = {"sample": loaded.rule.sample * share, "strata": strata}
        return replace(loaded, rule=loaded.rule.model_copy(update=slower))

    def share(self, rule: str) -> float:
        """The share of its rates at which *rule* samples now."""
        return self._marks[rule].share if rule in self._marks else 1.0

    def _is_due(self, rule: str, now: datetime) -> bool:
        mark = self._marks.get(rule)
        return mark is None or mark.time.date() != now.date() or (now - mark.time).total_seconds() >= STEP_S

    def _decided(self, loaded: LoadedRule, now: datetime, spent: Mapping[Payer, Spent]) -> _Mark:
        used = max(cap.used for cap in _caps(loaded, spent))
        mark = self._marks.get(loaded.name)
        if mark is None or mark.time.date() != now.date():
            return _Mark(now, used, mark.share if mark else 1.0)
        share = next_share(mark.share, used - mark.used, (now - mark.time).total_seconds(), 1 - used, _left_s(now))
        return _Mark(now, used, share)


def next_share(share: float, used: float, during_s: float, left: float, left_s: float) -> float:
    """
    Return the share to go on with.

    Args:
        share: The one until now.
        used: The part of the day's cap that was used up with it.
        during_s: In so many seconds.
        left: The part of the cap that is left.
        left_s: For so many seconds.
    """
    bearable = left / max(left_s, 1.0)
    found = used / max(during_s, 1.0)
    step = LARGEST_STEP if found * LARGEST_STEP <= bearable else bearable / found
    return min(1.0, max(LEAST_SHARE, share * step))


def _has_budget(loaded: LoadedRule) -> bool:
    return loaded.rule.judge is not None and (loaded.rule.budget is not None or loaded.project_budget is not None)


def _caps(loaded: LoadedRule, spent: Mapping[Payer, Spent]) -> list[Cap]:
    """The caps of *loaded* in every project that spends; in none, those of a project that has spent nothing."""
    projects = {payer.project for payer in spent} or {""}
    return [cap for project in sorted(projects) for cap in caps_of(loaded, project, spent)]


def _left_s(now: datetime) -> float:
    """Seconds until midnight in UTC."""
    midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC)
    return (midnight - now).total_seconds()
