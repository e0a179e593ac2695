"""What scoring sends to datasets: flagged targets, with the provenance of the first question: why is this row here?"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from spanmill_store.client import Store
from spanmill_store.scores import ScoreRow
from spanmill_store.targets import TargetId

_COLUMNS: Final = (
    "Project",
    "Dataset",
    "RowId",
    "Time",
    "Input",
    "Output",
    "Metadata",
    "RowSource",
    "TraceId",
    "SpanId",
    "SessionId",
    "Rule",
    "RuleVersion",
    "ScoreName",
    "ScoreValue",
    "ScoreLabel",
    "ScoreRationale",
)


@dataclass(frozen=True, slots=True)
class FlaggedRow:
    """A flagged target on its way into a dataset."""

    dataset: str
    time: datetime
    input: str
    output: str
    score: ScoreRow
    metadata: Mapping[str, str] = field(default_factory=dict, hash=False)


def row_id(dataset: str, target: TargetId) -> str:
    """Return the id of a target's row: one per dataset, however many rules flag it."""
    project, trace_id, span_id, session_id = target
    parts = f"{project}\0{dataset}\0{trace_id}\0{span_id}"
    if not trace_id:
        parts += f"\0{session_id}"
    return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def insert(store: Store, rows: Iterable[FlaggedRow]) -> None:
    """Put *rows* into their datasets, which are created on first use."""
    rows = list(rows)
    for project, dataset in sorted({(row.score.project, row.dataset) for row in rows}):
        store.run("dataset_rows/ensure_dataset", project=project, name=dataset)
    store.insert("dataset_rows", _COLUMNS, [_values(row) for row in rows])


def _values(row: FlaggedRow) -> tuple[object, ...]:
    score = row.score
    return (
        score.project,
        row.dataset,
        row_id(row.dataset, score.target),
        row.time,
        row.input,
        row.output,
        dict(row.metadata),
        "production",
        score.trace_id,
        score.span_id,
        score.session_id,
        score.rule,
        score.rule_version,
        score.name,
        score.value,
        score.label,
        score.rationale,
    )
