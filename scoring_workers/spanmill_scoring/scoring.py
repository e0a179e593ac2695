"""Scoring a batch of targets by one rule: read what waits, ask the scorer, record. Safe to repeat at any point."""

import contextlib
import math
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from spanmill_scoring import isolation, python_scorer, recording, sql_runs
from spanmill_scoring.budget.payment import judged
from spanmill_scoring.judge.keeping import Origin
from spanmill_scoring.judge.prompt import sees
from spanmill_scoring.judge.slots import Slots
from spanmill_scoring.outcomes import GONE, NOTHING_TO_SAY, Failure, Outcome, Score, Scores, outcome_of
from spanmill_scoring.python_calls import Scorer
from spanmill_scoring.python_source import ScorerNotFound
from spanmill_scoring.rules.judges import Judge
from spanmill_scoring.rules.loaded import LoadedRule
from spanmill_scoring.rules.python_scorers import PythonScorer
from spanmill_scoring.scoring_child import Limits
from spanmill_store import ledger, scores, session_targets, targets
from spanmill_store.client import Store
from spanmill_store.errors import QueryRejected
from spanmill_store.ledger import Sampled
from spanmill_store.scoring import dependents
from spanmill_store.scoring.evaluation import SqlScore, evaluate
from spanmill_store.targets import Detail, Target, TargetId

if TYPE_CHECKING:
    from spanmill_scoring.judge.scorer import Judged


def utc_now() -> datetime:
    """Return the time now."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Bench:
    """
    What a batch is scored with, apart from its rule.

    Attributes:
        work_s: After so long a user's scorer is asked about no other target; the rest goes on waiting.
    """

    store: Store
    scorer_of: Callable[[LoadedRule], Scorer]
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    clock: Callable[[], datetime] = utc_now
    slots: Slots | None = None
    work_s: float = math.inf


def score(bench: Bench, loaded: LoadedRule, ids: Sequence[TargetId]) -> Counter[str]:
    """
    Score those of *ids* that still wait for *loaded* and return how many came to which ledger state.

    Without ids: all that wait, for a rule that is computed inside ClickHouse.

    Raises:
        StoreUnavailable: Nothing is lost, they still wait.
    """
    if not ids and sql_runs.is_possible(loaded):
        return sql_runs.score_waiting(bench.store, loaded, partial(score, bench, loaded), bench.clock)
    if ids and loaded.rule.python_builtin is not None and loaded.rule.scope != "session":
        return _score_in_pieces(bench, loaded, ids)
    waiting = ledger.waiting_among(bench.store, loaded.name, loaded.version, ids)
    if not waiting:
        return Counter()
    found = seen_by(bench.store, loaded, list(waiting))
    return recording.record(bench.store, loaded, _scored(bench, loaded, waiting, found))


def _score_in_pieces(bench: Bench, loaded: LoadedRule, ids: Sequence[TargetId]) -> Counter[str]:
    """Score very many: while some are scored, those before them are written and those after them are read."""
    states: Counter[str] = Counter()
    in_pieces = targets.spans_in_pieces if loaded.rule.scope == "span" else targets.traces_in_pieces
    pieces = in_pieces(bench.store, ids, detail=_detail(loaded))
    with ThreadPoolExecutor(1) as other, contextlib.closing(pieces):
        asked = other.submit(ledger.waiting_among, bench.store, loaded.name, loaded.version, ids)
        writing: Future[Counter[str]] | None = None
        for found in pieces:
            waiting = asked.result()
            some = {target: waiting.pop(target) for target in found if target in waiting}
            batch = _scored(bench, loaded, some, {target: found[target] for target in some})
            states += writing.result() if writing is not None else Counter()
            writing = other.submit(recording.record, bench.store, loaded, batch)
        states += writing.result() if writing is not None else Counter()
        gone = asked.result()
    return states + recording.record(bench.store, loaded, _scored(bench, loaded, gone, {})) if gone else states


def _scored(
    bench: Bench, loaded: LoadedRule, waiting: Mapping[TargetId, Sampled], found: Mapping[TargetId, Target]
) -> recording.Batch:
    """What becomes of those that are *waiting*, of which these were *found*."""
    before = _scored_before(bench.store, loaded, found, waiting)
    outcomes: dict[TargetId, Outcome] = {target: GONE for target in waiting if target not in found}
    outcomes |= {target: said.outcome for target, said in before.items()}
    left = {target: seen for target, seen in found.items() if target not in before} if before else found
    origins = {target: said.origin for target, said in before.items()}
    if loaded.rule.judge is None:
        outcomes |= outcomes_of(bench, loaded, left)
    else:
        verdicts = judged(bench.store, loaded, left, bench.clock, partial(by_judge, bench, loaded.rule.judge))
        # Who was neither asked about nor refused waits until others have settled.
        outcomes = _patient(outcomes | dict(verdicts.outcomes), waiting, loaded.rule.judge.patience_s)
        origins |= verdicts.origins
    return recording.Batch(waiting, found, outcomes, bench.clock(), origins)


def load_scorer(loaded: LoadedRule) -> Scorer:
    """
    Import the Python scorer of *loaded*.

    Raises:
        ScorerNotFound: It cannot be imported.
    """
    if loaded.rule.python is None:
        raise ScorerNotFound(f"Rule {loaded.name!r} has no Python scorer.")
    return python_scorer.load(loaded.rule.python, loaded.file.parent)


def seen_by(
    store: Store, loaded: LoadedRule, ids: Sequence[TargetId], detail: Detail | None = None
) -> dict[TargetId, Target]:
    """Return those of *ids* that are stored, with as much of each as the scorer looks at, or *detail* says."""
    if loaded.rule.scope == "session":
        return session_targets.sessions(store, ids, with_spans=loaded.rule.spans)
    read = targets.spans if loaded.rule.scope == "span" else targets.traces
    return read(store, ids, detail=detail or _detail(loaded))


def _detail(loaded: LoadedRule) -> Detail:
    if loaded.rule.expressions is not None:
        return "outline"
    if loaded.rule.combine is not None:
        return "texts"
    if loaded.rule.judge is not None:
        return sees(loaded.rule.judge)
    return "all" if loaded.rule.python_builtin is None else loaded.rule.python_builtin.sees


@dataclass(frozen=True, slots=True)
class _Before:
    """What a scorer said before, and, of a judge, where it comes from."""

    outcome: Score | Scores
    origin: Origin


def _scored_before(
    store: Store, loaded: LoadedRule, found: Mapping[TargetId, Target], waiting: Mapping[TargetId, Sampled]
) -> dict[TargetId, _Before]:
    """
    The scores of targets that were scored before and look the same to the scorer as they did then.

    Late spans were there already when the scorer looked, or a worker died between writing a score and saying so. What
    is computed inside ClickHouse or from other scores is computed again: asking what is known would cost as much.
    """
    if loaded.rule.expressions is not None or loaded.rule.combine is not None:
        return {}
    if loaded.rule.judge is None and not any(sampled.revision for sampled in waiting.values()):
        return {}
    said: defaultdict[TargetId, dict[str, Score]] = defaultdict(dict)
    origins: dict[TargetId, Origin] = {}
    for row in scores.known(store, loaded.name, loaded.version, waiting):
        if row.target in found and row.input_hash == found[row.target].input_hash:
            said[row.target][recording.output_of(loaded, row)] = Score(row.value, row.label, row.rationale)
            origins[row.target] = Origin(row.scorer_trace_id, row.cost_usd)
    return {
        target: _Before(outputs[""] if "" in outputs else Scores(outputs), origins[target])
        for target, outputs in said.items()
    }


def outcomes_of(bench: Bench, loaded: LoadedRule, found: Mapping[TargetId, Target]) -> dict[TargetId, Outcome]:
    """
    Ask the scorer of *loaded*, which is no judge, about *found* and record nothing.

    SQL looks at what is stored under their ids.
    """
    batch = list(found.values())
    if loaded.rule.expressions is not None:
        return _by_sql(bench.store, loaded, list(found))
    if loaded.rule.python_builtin is not None:
        return dict(zip(found, python_scorer.score(loaded.rule.python_builtin.score, batch), strict=True))
    if loaded.rule.combine is not None:
        values = dependents.values(bench.store, loaded.needs, list(found))
        return {target: loaded.rule.combine.outcome(values.get(target, {})) for target in found}
    if loaded.rule.python is not None:
        said = _by_python(bench, loaded, loaded.rule.python, batch)
        return dict(zip(found, said, strict=False))  # it may have run out of time
    return {}


def _by_python(bench: Bench, loaded: LoadedRule, python: PythonScorer, batch: Sequence[Target]) -> list[Outcome]:
    try:
        scorer = bench.scorer_of(loaded)
    except ScorerNotFound as error:
        return [Failure("scorer_error", str(error))] * len(batch)
    return isolation.score(scorer, batch, Limits(python.timeout_s, python.memory_mb, bench.work_s))


def by_judge(bench: Bench, judge: Judge, found: Mapping[TargetId, Target]) -> dict[TargetId, "Judged"]:
    """Ask *judge* about *found*, whatever that costs."""
    # Imported here: the package openai takes a second to load, which only workers of judges should pay.
    from spanmill_scoring.judge import scorer  # noqa: PLC0415

    if not found:
        return {}
    return dict(zip(found, scorer.score(judge, list(found.values()), bench.environment, bench.slots), strict=True))


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
    by_key: dict[tuple[str, ...], list[SqlScore]] = {}
    for row in rows:
        key = (row.project, row.trace_id, row.span_id if loaded.rule.scope == "span" else "", row.session_id)
        by_key.setdefault(key, []).append(row)
    return {target: _sql_outcome(by_key.get(target, by_key.get(("", *target[1:]), []))) for target in ids}


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
