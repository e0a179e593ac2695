"""
Writing down what scorers said: scores, then flags and dataset rows, then the ledger's final state.

The order is the crash safety: until the ledger says otherwise a target still waits and is scored again, and every row
written before has an id that the second writing only replaces.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from spanmill_scoring.outcomes import Failure, Outcome, Score
from spanmill_scoring.rules.files import LoadedRule
from spanmill_store import flags, ledger, scores
from spanmill_store.client import Store
from spanmill_store.flags import FlagRow
from spanmill_store.ledger import LedgerRow
from spanmill_store.scores import ScoreRow
from spanmill_store.scoring import flagged_rows
from spanmill_store.scoring.flagged_rows import FlaggedRow
from spanmill_store.targets import Target, TargetId

_METADATA = {"service": "ServiceName", "release": "Release", "environment": "Environment", "user": "UserId"}


def record(
    store: Store,
    loaded: LoadedRule,
    found: Mapping[TargetId, Target],
    outcomes: Mapping[TargetId, Outcome],
    now: datetime,
) -> Counter[str]:
    """Record *outcomes* and return how many targets came to which ledger state, ``flagged`` counted besides."""
    scored = [
        _score_row(loaded, found[target], outcome, now)
        for target, outcome in outcomes.items()
        if isinstance(outcome, Score) and target in found
    ]
    flagged = [row for row in scored if loaded.rule.flag and loaded.rule.flag.holds(row.value, row.label)]
    scores.insert(store, scored)
    flags.insert(store, [_flag_row(loaded, row) for row in flagged])
    if loaded.rule.dataset is not None:
        flagged_rows.insert(store, [_dataset_row(loaded.rule.dataset, row, found) for row in flagged])
    final = [_ledger_row(loaded, target, outcome, now) for target, outcome in outcomes.items()]
    ledger.insert(store, final)
    return Counter({"flagged": len(flagged)}) + Counter(row.state for row in final)


def _score_row(loaded: LoadedRule, target: Target, score: Score, now: datetime) -> ScoreRow:
    rule = loaded.rule
    project, trace_id, span_id = target.id
    return ScoreRow(
        project=project,
        time=now,
        trace_id=trace_id,
        span_id=span_id,
        session_id=target.session_id,
        name=rule.score_name,
        value=score.value,
        label=score.label,
        rationale=score.reason,
        source=rule.source,
        rule=rule.name,
        rule_version=loaded.version,
        input_hash=target.input_hash,
        sampling_probability=rule.sample,
        judge_model=rule.judge.model if rule.judge else "",
        cost_usd=None,
        score_id=scores.score_id(project, trace_id, span_id, rule.name, loaded.version, rule.score_name),
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


def _ledger_row(loaded: LoadedRule, target: TargetId, outcome: Outcome, now: datetime) -> LedgerRow:
    state, reason = (outcome.state, outcome.reason) if isinstance(outcome, Failure) else ("scored", "")
    return LedgerRow(target, loaded.name, loaded.version, state, reason, now)
