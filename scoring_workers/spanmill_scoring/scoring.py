"""Scoring a batch of targets by one rule: read what waits, ask the scorer, record. Safe to repeat at any point."""

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from spanmill_scoring import python_scorer, recording, sql_runs
from spanmill_scoring.outcomes import GONE, NOTHING_TO_SAY, Failure, Outcome, Score, outcome_of
from spanmill_scoring.python_scorer import Scorer
from spanmill_scoring.python_source import ScorerNotFound
from spanmill_scoring.rules.files import LoadedRule
from spanmill_store import ledger, scores, targets
from spanmill_store.client import Store
from spanmill_store.errors import QueryRejected
from spanmill_store.ledger import Sampled
from spanmill_store.scoring.evaluation import SqlScore, evaluate
from spanmill_store.targets import Detail, Target, TargetId


def utc_now() -> datetime:
    """Return the time now."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Bench:
    """What a batch is scored with, apart from its rule."""

    store: Store
    scorer_of: Callable[[LoadedRule], Scorer]
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    clock: Callable[[], datetime] = utc_now


def score(bench: Bench, loaded: LoadedRule, ids: Sequence[TargetId]) -> Counter[str]:
    """
    Score those of *ids* that still wait for *loaded* and return how many came to which ledger state.

    Without ids: all that wait, for a rule that is computed inside ClickHouse.

    Raises:
        StoreUnavailable: Nothing is lost, they still wait.
    """
    if not ids and sql_runs.is_possible(loaded):
        return sql_runs.score_waiting(bench.store, loaded, partial(score, bench, loaded), bench.clock)
    waiting = ledger.waiting_among(bench.store, loaded.name, loaded.version, ids)
    if not waiting:
        return Counter()
    found = _read(bench.store, loaded, list(waiting))
    outcomes = dict.fromkeys(waiting, GONE) | _scored_before(bench.store, loaded, found, waiting)
    left = {target: seen for target, seen in found.items() if not isinstance(outcomes[target], Score)}
    outcomes |= _outcomes(bench, loaded, left)
    if loaded.rule.judge is not None:
        outcomes = _patient(outcomes, waiting, loaded.rule.judge.patience_s)
    return recording.record(bench.store, loaded, recording.Batch(waiting, found, outcomes, bench.clock()))


def load_scorer(loaded: LoadedRule) -> Scorer:
    """
    Import the Python scorer of *loaded*.

    Raises:
        ScorerNotFound: It cannot be imported.
    """
    if loaded.rule.python is None:
        raise ScorerNotFound(f"Rule {loaded.name!r} has no Python scorer.")
    return python_scorer.load(loaded.rule.python, loaded.file.parent)


def _read(store: Store, loaded: LoadedRule, ids: Sequence[TargetId]) -> dict[TargetId, Target]:
    """Read as much of the targets as the scorer looks at."""
    detail: Detail = "all" if loaded.rule.python_builtin is None else loaded.rule.python_builtin.sees
    if loaded.rule.expressions is not None:
        detail = "outline"
    read = targets.spans if loaded.rule.scope == "span" else targets.traces
    return read(store, ids, detail=detail)


def _scored_before(
    store: Store, loaded: LoadedRule, found: Mapping[TargetId, Target], waiting: Mapping[TargetId, Sampled]
) -> dict[TargetId, Outcome]:
    """
    The scores of targets that were scored before and look the same to the scorer as they did then.

    Late spans were there already when the scorer looked, or a worker died between writing a score and saying so. What
    is computed inside ClickHouse is computed again: asking what is known would cost as much.
    """
    if loaded.rule.expressions is not None:
        return {}
    if loaded.rule.judge is None and not any(sampled.revision for sampled in waiting.values()):
        return {}
    rows = scores.known(store, loaded.name, loaded.version, sorted({target.trace_id for target in waiting}))
    by_target = {TargetId(row.project, row.trace_id, row.span_id): row for row in rows}
    return {
        target: Score(row.value, row.label, row.rationale)
        for target, seen in found.items()
        if (row := by_target.get(target)) is not None and row.input_hash == seen.input_hash
    }


def _outcomes(bench: Bench, loaded: LoadedRule, found: Mapping[TargetId, Target]) -> dict[TargetId, Outcome]:
    batch = list(found.values())
    if loaded.rule.expressions is not None:
        return _by_sql(bench.store, loaded, list(found))
    if loaded.rule.python_builtin is not None:
        return dict(zip(found, python_scorer.score(loaded.rule.python_builtin.score, batch), strict=True))
    if loaded.rule.python is not None:
        return dict(zip(found, _by_python(bench, loaded, batch), strict=True))
    return dict(zip(found, _by_judge(bench, loaded, batch), strict=True))


def _by_python(bench: Bench, loaded: LoadedRule, batch: Sequence[Target]) -> list[Outcome]:
    try:
        scorer = bench.scorer_of(loaded)
    except ScorerNotFound as error:
        return [Failure("scorer_error", str(error))] * len(batch)
    return python_scorer.score(scorer, batch)


def _by_judge(bench: Bench, loaded: LoadedRule, batch: Sequence[Target]) -> list[Outcome]:
    # Imported here: the package openai takes a second to load, which only workers of judges should pay.
    from spanmill_scoring.judge import scorer  # noqa: PLC0415

    if loaded.rule.judge is None or not batch:
        return []
    return scorer.score(loaded.rule.judge, batch, bench.environment)


def _by_sql(store: Store, loaded: LoadedRule, ids: Sequence[TargetId]) -> dict[TargetId, Outcome]:
    """Evaluate in one query; where ClickHouse refuses, halve the batch until the target at fault stands alone."""
    if not ids:
        return {}
    try:
        rows = evaluate(store, loaded.rule.scope, loaded.scorer_sql, ids)
    except QueryRejected as error:
        if len(ids) == 1:
            return {ids[0]: Failure("scorer_error", str(error))}
        middle = len(ids) // 2
        return _by_sql(store, loaded, ids[:middle]) | _by_sql(store, loaded, ids[middle:])
    by_key: dict[tuple[str | None, str, str], list[SqlScore]] = {}
    for row in rows:
        key = (row.project, row.trace_id, row.span_id if loaded.rule.scope == "span" else "")
        by_key.setdefault(key, []).append(row)

    def said(target: TargetId) -> list[SqlScore]:
        """A SELECT of a rule knows no projects."""
        return by_key.get(target) or by_key.get((None, target.trace_id, target.span_id), [])

    return {target: _sql_outcome(said(target)) for target in ids}


def _sql_outcome(rows: Sequence[SqlScore]) -> Outcome:
    if len(rows) > 1:
        return Failure("scorer_error", f"the SELECT returned {len(rows)} rows for one target")
    if not rows:
        return NOTHING_TO_SAY
    row = rows[0]
    label = "" if row.label is None else str(row.label)
    reason = "" if row.reason is None else str(row.reason)
    value = row.value
    # outcome_of checks the value, whatever type the SELECT gave it.
    return outcome_of(Score(value=value, label=label, reason=reason))  # type: ignore[arg-type]


def _patient(
    outcomes: Mapping[TargetId, Outcome], waiting: Mapping[TargetId, Sampled], patience_s: float
) -> dict[TargetId, Outcome]:
    """Leave out failures of the endpoint that may pass: those targets go on waiting and are offered again."""

    def is_settled(target: TargetId, outcome: Outcome) -> bool:
        failed = isinstance(outcome, Failure) and outcome.state == "provider_error"
        return not failed or waiting[target].waited_s >= patience_s

    return {target: outcome for target, outcome in outcomes.items() if is_settled(target, outcome)}
