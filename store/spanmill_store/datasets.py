"""Datasets: test cases, and where each of them came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from spanmill_store.client import Store


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset and how many rows it has."""

    name: str
    description: str
    created_at: datetime
    rows: int


@dataclass(frozen=True, slots=True)
class Flag:
    """Why a row is in its dataset: a rule's score that was bad enough."""

    rule: str
    rule_version: str
    score: str
    value: float | None
    label: str
    reason: str
    flagged_at: datetime


@dataclass(frozen=True, slots=True)
class DatasetRow:
    """
    A test case.

    Attributes:
        output: What was answered then; not what should be, which is *expected* where somebody said so.
        span_id: Empty where the row stands for a whole trace.
        flags: All flags that put the row's target into this dataset; empty for rows that people made.
    """

    row_id: str
    created_at: datetime
    input: str
    output: str
    expected: str
    metadata: Mapping[str, str]
    tags: Sequence[str]
    row_source: str
    trace_id: str
    span_id: str
    session_id: str
    flags: Sequence[Flag]


def datasets(store: Store, project: str = "default") -> list[Dataset]:
    """Return all datasets of *project* by name."""
    rows = store.rows("datasets/list", project=project)
    return [Dataset(row["Name"], row["Description"], row["Time"], row["Rows"]) for row in rows]


def dataset_rows(store: Store, dataset: str, project: str = "default") -> list[DatasetRow]:
    """Return the rows of *dataset*, oldest first."""
    found = store.rows("datasets/rows", project=project, dataset=dataset)
    return [
        DatasetRow(
            row_id=row["RowId"],
            created_at=row["Time"],
            input=row["Input"],
            output=row["Output"],
            expected=row["Expected"],
            metadata=row["Metadata"],
            tags=row["Tags"],
            row_source=row["RowSource"],
            trace_id=row["TraceId"],
            span_id=row["SpanId"],
            session_id=row["SessionId"],
            flags=[Flag(*flag) for flag in row["Flags"]],
        )
        for row in found
    ]
