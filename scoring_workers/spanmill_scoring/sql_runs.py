"""
Scoring everything that waits for a rule in SQL, inside ClickHouse: its targets never come to the worker.

The order of the steps is that of `spanmill_scoring.recording`: scores, flags and test cases, then the ledger. Where
ClickHouse refuses a share because of one target's data, it is divided until few targets are left, and these are scored
one by one.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from spanmill_scoring.outcomes import GONE, MAX_LABEL_CHARS, MAX_REASON_CHARS, NOTHING_TO_SAY
from spanmill_scoring.rules.loaded import LoadedRule
from spanmill_scoring.rules.model import Flag
from spanmill_store.client import Store
from spanmill_store.errors import QueryRejected
from spanmill_store.scoring import runs
from spanmill_store.scoring.runs import Bounds, Limits, Run, SqlRule
from spanmill_store.targets import TargetId

ScoreEach = Callable[[Sequence[TargetId]], Counter[str]]
"""Scores targets by their ids."""

WORK_S: Final = 300.0
"""A job begins no further share after so long; what still waits is offered again."""

STALE_S: Final = 3600.0
"""A run that began so long ago has died: no job may take as long."""

EACH: Final = 2000
"""So few targets, of which ClickHouse cannot compute all, are scored by their ids."""

NOTHING: Final[Counter[str]] = Counter()
"""What nothing came to."""

_DIVISION: Final = 16
_LIMITS: Final = Limits(MAX_LABEL_CHARS, MAX_REASON_CHARS)


def is_possible(loaded: LoadedRule) -> bool:
    """Whether all that waits for *loaded* can be scored inside ClickHouse."""
    return loaded.rule.expressions is not None and loaded.rule.scope in runs.SCOPES


def score_waiting(
    store: Store,
    loaded: LoadedRule,
    score_each: ScoreEach,
    clock: Callable[[], datetime],
    *,
    share_size: int = runs.SHARE,
    work_s: float = WORK_S,
) -> Counter[str]:
    """
    Score what waits for *loaded* and return how many targets came to which ledger state, ``flagged`` counted besides.

    Raises:
        StoreUnavailable: Nothing is lost: what was not closed waits.
    """
    rule, began_s = asked(loaded), time.monotonic()
    runs.drop_stale(store, rule, _ns(clock()) - int(STALE_S * 1e9))
    states = Counter[str]()
    todo = runs.shares(store, rule, share_size)
    is_computable = bool(todo) and runs.is_computable(store, rule)
    while todo and time.monotonic() - began_s < work_s:
        run = Run(store, rule, todo.pop(), _ns(clock()))
        try:
            states += _scored(run) if is_computable else _each(run.ids(share_size), score_each)
        except QueryRejected:
            run.drop()
            ids = run.ids(EACH + 1)
            if len(ids) <= EACH:
                states += _each(ids, score_each)
            else:
                todo += run.share.divided(_DIVISION)
    return states


def _scored(run: Run) -> Counter[str]:
    """Take all steps of *run*."""
    waiting = run.waiting()
    if not waiting:
        return Counter()
    run.evaluate(_LIMITS, nothing=NOTHING_TO_SAY.reason)
    counts = run.counts(waiting, GONE.reason)
    scored = {state: count for state, count in counts.items() if state in ("scored", "late_rescored")}
    flagged = sum(count.flagged for count in counts.values())
    if scored:
        run.write_scores(sum(count.targets for count in scored.values()))
    if any(count.late for state, count in counts.items() if state not in scored):
        run.withdraw_scores()
    if flagged:
        run.write_flags()
    if run.rule.flagged is not None and any(count.late for count in counts.values()):
        run.withdraw_flags()
    run.close_targets()
    run.drop()
    return Counter({"flagged": flagged}) + Counter({state: count.targets for state, count in counts.items()})


def _each(ids: Sequence[TargetId], score_each: ScoreEach) -> Counter[str]:
    """Score *ids*, few at a time."""
    return sum((score_each(ids[start : start + EACH]) for start in range(0, len(ids), EACH)), Counter())


def asked(loaded: LoadedRule) -> SqlRule:
    """What a run has to know of *loaded*."""
    rule = loaded.rule
    return SqlRule(
        name=rule.name,
        version=loaded.version,
        scope=rule.scope,
        sql=loaded.scorer_sql,
        score=rule.score_name,
        flagged=_bounds(rule.flag) if rule.flag else None,
        dataset=rule.dataset or "",
    )


def _bounds(flag: Flag) -> Bounds:
    nowhere = Bounds()
    return Bounds(
        nowhere.below if flag.below is None else flag.below,
        nowhere.above if flag.above is None else flag.above,
        [label for label in flag.labels if label],
    )


def _ns(time_of: datetime) -> int:
    """Nanoseconds since 1970, exactly."""
    whole = int(time_of.replace(microsecond=0).timestamp())
    return (whole * 1_000_000 + time_of.microsecond) * 1000
