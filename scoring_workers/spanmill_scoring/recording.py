"""
Writing down what scorers said: scores, then flags and dataset rows, then the ledger's final state.

The order is the crash safety: until the ledger says otherwise a target still waits and is scored again, and every row
written before has an id that the second writing only replaces.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from spanmill_scoring.judge.keeping import Origin
from spanmill_scoring.outcomes import Failure, Outcome, Score, Scores
from spanmill_scoring.rules.loaded import LoadedRule
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
    scored = _score_rows(loaded, batch)
    flagged = _flagged(loaded, scored)
    scores.insert(store, scored)
    scores.withdraw(store, _outdated(store, loaded, batch, scored), batch.now)
    flags.insert(store, [*(_flag_row(loaded, row) for row in flagged), *_withdrawn(store, loaded, batch, flagged)])
    if loaded.rule.dataset is not None:
        flagged_rows.insert(store, [_dataset_row(loaded.rule.dataset, row, batch.found) for row in flagged])
    final = [_ledger_row(loaded, batch, target, outcome) for target, outcome in batch.outcomes.items()]
    ledger.insert(store, final)
    return Counter({"flagged": len(flagged)}) + Counter(row.state for row in final)


def output_of(loaded: LoadedRule, row: ScoreRow) -> str:
    """The output that a score of the rule is of, '' for a scorer with one."""
    return row.name.removeprefix(loaded.rule.score_name).removeprefix(".")


def _named(name: str, outcome: Score | Scores) -> Iterable[tuple[str, Score]]:
    """The scores in *outcome*, by their names."""
    if isinstance(outcome, Score):
        return ((name, outcome),)
    return ((f"{name}.{output}", score) for output, score in outcome.outputs.items())


def _flagged(loaded: LoadedRule, scored: Sequence[ScoreRow]) -> list[ScoreRow]:
    """Those of *scored* that are bad, one of a target: that of the output which the flag names, else the first."""
    flag = loaded.rule.flag
    if flag is None:
        return []
    found: dict[TargetId, ScoreRow] = {}
    for row in scored:
        if flag.output in (None, output_of(loaded, row)) and flag.holds(row.value, row.label):
            found.setdefault(row.target, row)
    return list(found.values())


def _outdated(store: Store, loaded: LoadedRule, batch: Batch, scored: Sequence[ScoreRow]) -> list[ScoreRow]:
    """The scores that targets had until late spans came, and have no more: they failed, or say nothing, or less."""
    whole = {row.target for row in scored} if loaded.rule.python is None else set()
    late = {target for target in batch.outcomes if batch.sampled[target].revision} - whole
    if not late:
        return []
    current = {row.score_id for row in scored}
    known = scores.known(store, loaded.name, loaded.version, late)
    return [row for row in known if row.target in late and row.score_id not in current]


def _withdrawn(store: Store, loaded: LoadedRule, batch: Batch, flagged: Sequence[ScoreRow]) -> list[FlagRow]:
    """The flags of targets that were bad until late spans came. What they put into a dataset stays there."""
    late = {target for target in batch.outcomes if batch.sampled[target].revision} if loaded.rule.flag else set()
    late -= {row.target for row in flagged}
    if not late:
        return []
    rows = flags.flagged(store, loaded.name, loaded.version, late)
    return [replace(row, time=batch.now, is_withdrawn=True) for row in rows if row.target in late]


def _score_rows(loaded: LoadedRule, batch: Batch) -> list[ScoreRow]:
    """The scores of *batch*; there may be tens of thousands, so what they have in common is looked up once."""
    rule, version, now, unknown = loaded.rule, loaded.version, batch.now, Origin()
    name, source, model = rule.name, rule.source, rule.judge.model if rule.judge else ""
    rows = []
    for target, outcome in batch.outcomes.items():
        seen = batch.found.get(target)
        if seen is None or isinstance(outcome, Failure):
            continue
        project, trace_id, span_id, _ = target
        probability, origin = batch.sampled[target].probability, batch.origins.get(target, unknown)
        for called, score in _named(rule.score_name, outcome):
            key = scores.score_id(target, name, version, called)
            rows.append(
                ScoreRow(
                    *(project, now, trace_id, span_id, seen.session_id, called, score.value, score.label, score.reason),
                    *(source, name, version, seen.input_hash, probability, model, origin.cost_usd, key),
                    scorer_trace_id=origin.trace_id,
                )
            )
    return rows


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
    target = found[score.target]
    metadata = {name: str(target.columns[column]) for name, column in _METADATA.items() if target.columns.get(column)}
    return FlaggedRow(dataset, score.time, _asked(target), target.output, score, metadata)


def _asked(target: Target) -> str:
    """What a test case of *target* asks: of a session all messages up to the last question, which can be sent again."""
    if not target.turns:
        return target.input
    *earlier, last = target.turns
    messages = [
        {"role": role, "content": text}
        for turn in earlier
        for role, text in (("user", turn.input), ("assistant", turn.output))
    ]
    return json.dumps([*messages, {"role": "user", "content": last.input}], ensure_ascii=False)


def _ledger_row(loaded: LoadedRule, batch: Batch, target: TargetId, outcome: Outcome) -> LedgerRow:
    sampled = batch.sampled[target]
    scored = "late_rescored" if sampled.revision else "scored"
    state, reason = (outcome.state, outcome.reason) if isinstance(outcome, Failure) else (scored, "")
    return LedgerRow(target, loaded.name, loaded.version, state, reason, batch.now, sampled)
