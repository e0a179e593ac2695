"""
Writing down what scorers said: scores, then flags and dataset rows, then the ledger's final state.

The order is the crash safety: until the ledger says otherwise a target still waits and is scored again, and every row
written before has an id that the second writing only replaces.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from spanmill_scoring.judge.keeping import Origin
from spanmill_scoring.outcomes import Failure, Outcome, Score
from spanmill_scoring.rules.files import LoadedRule
from spanmill_store import flags, ledger, scores
from spanmill_store.client import Store
from spanmill_store.flags import FlagRow
from spanmill_store.ledger import LedgerRow, Sampled
from spanmill_store.scores import ScoreRow
from spanmill_store.scoring import flagged_rows
from spanmill_store.scoring.flagged_rows import FlaggedRow
from spanmill_store.targets import Target, TargetId

_METADATA = {"service": "ServiceName", "release": "Release", "environment": "Environment", "user": "UserId"}


@dataclass(frozen=True, slots=True)
class Batch:
    """
    Targets of one rule and what came of them.

    Attributes:
        sampled: How each came to be scored.
        found: Those that are stored, as the scorer saw them.
        outcomes: Of those that are settled; the others go on waiting.
        now: When.
        origins: Where scores of judges come from.
    """

    sampled: Mapping[TargetId, Sampled]
    found: Mapping[TargetId, Target]
    outcomes: Mapping[TargetId, Outcome]
    now: datetime
    origins: Mapping[TargetId, Origin] = field(default_factory=dict)


def record(store: Store, loaded: LoadedRule, batch: Batch) -> Counter[str]:
    """Record *batch* and return how many targets came to which ledger state, ``flagged`` counted besides."""
    scored = [
        _score_row(loaded, batch, target, outcome, batch.origins.get(target, Origin()))
        for target, outcome in batch.outcomes.items()
        if isinstance(outcome, Score) and target in batch.found
    ]
    flagged = [row for row in scored if loaded.rule.flag and loaded.rule.flag.holds(row.value, row.label)]
    scores.insert(store, scored)
    scores.withdraw(store, _outdated(store, loaded, batch), batch.now)
    flags.insert(store, [*(_flag_row(loaded, row) for row in flagged), *_withdrawn(store, loaded, batch, flagged)])
    if loaded.rule.dataset is not None:
        flagged_rows.insert(store, [_dataset_row(loaded.rule.dataset, row, batch.found) for row in flagged])
    final = [_ledger_row(loaded, batch, target, outcome) for target, outcome in batch.outcomes.items()]
    ledger.insert(store, final)
    return Counter({"flagged": len(flagged)}) + Counter(row.state for row in final)


def _outdated(store: Store, loaded: LoadedRule, batch: Batch) -> list[ScoreRow]:
    """The scores of targets that had one until late spans came, and now have none: they failed, or say nothing."""
    late = {
        target
        for target, outcome in batch.outcomes.items()
        if batch.sampled[target].revision and not (isinstance(outcome, Score) and target in batch.found)
    }
    if not late:
        return []
    rows = scores.known(store, loaded.name, loaded.version, sorted({target.trace_id for target in late}))
    return [row for row in rows if TargetId(row.project, row.trace_id, row.span_id) in late]


def _withdrawn(store: Store, loaded: LoadedRule, batch: Batch, flagged: Sequence[ScoreRow]) -> list[FlagRow]:
    """The flags of targets that were bad until late spans came. What they put into a dataset stays there."""
    late = {target for target in batch.outcomes if batch.sampled[target].revision} if loaded.rule.flag else set()
    late -= {TargetId(row.project, row.trace_id, row.span_id) for row in flagged}
    if not late:
        return []
    rows = flags.flagged(store, loaded.name, loaded.version, sorted({target.trace_id for target in late}))
    return [
        replace(row, time=batch.now, is_withdrawn=True)
        for row in rows
        if TargetId(row.project, row.trace_id, row.span_id) in late
    ]


def _score_row(loaded: LoadedRule, batch: Batch, target: TargetId, score: Score, origin: Origin) -> ScoreRow:
    rule, seen = loaded.rule, batch.found[target]
    project, trace_id, span_id = target
    return ScoreRow(
        project=project,
        time=batch.now,
        trace_id=trace_id,
        span_id=span_id,
        session_id=seen.session_id,
        name=rule.score_name,
        value=score.value,
        label=score.label,
        rationale=score.reason,
        source=rule.source,
        rule=rule.name,
        rule_version=loaded.version,
        input_hash=seen.input_hash,
        sampling_probability=batch.sampled[target].probability,
        judge_model=rule.judge.model if rule.judge else "",
        cost_usd=origin.cost_usd,
        score_id=scores.score_id(project, trace_id, span_id, rule.name, loaded.version, rule.score_name),
        scorer_trace_id=origin.trace_id,
    )


def _flag_row(loaded: LoadedRule, score: ScoreRow) -> FlagRow:
    return FlagRow(
        project=score.project,
        time=score.time,
        trace_id=score.trace_id,
        span_id=score.span_id,
        session_id=score.session_id,
        rule=score.rule,
        rule_version=score.rule_version,
        score_name=score.name,
        value=score.value,
        label=score.label,
        reason=score.rationale,
        dataset=loaded.rule.dataset or "",
    )


def _dataset_row(dataset: str, score: ScoreRow, found: Mapping[TargetId, Target]) -> FlaggedRow:
    target = found[TargetId(score.project, score.trace_id, score.span_id)]
    metadata = {name: str(target.columns[column]) for name, column in _METADATA.items() if target.columns.get(column)}
    return FlaggedRow(dataset, score.time, target.input, target.output, score, metadata)


def _ledger_row(loaded: LoadedRule, batch: Batch, target: TargetId, outcome: Outcome) -> LedgerRow:
    sampled = batch.sampled[target]
    scored = "late_rescored" if sampled.revision else "scored"
    state, reason = (outcome.state, outcome.reason) if isinstance(outcome, Failure) else (scored, "")
    return LedgerRow(target, loaded.name, loaded.version, state, reason, batch.now, sampled)
