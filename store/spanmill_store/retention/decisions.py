"""What of a partition has expired: whose rows, and whether that is all of it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from spanmill_store.client import Store
from spanmill_store.otlp.repetition import TABLES
from spanmill_store.retention.policies import Kind, Policies

NO_LIMIT: Final = date(2149, 6, 6)
"""Rows received on any day."""


@dataclass(frozen=True, slots=True)
class TimedTable:
    """A table of a kind; *received* is the column that says when a row was received, or made, or what it counts."""

    name: str
    kind: Kind
    received: str = "IngestTime"


TIMED: Final[tuple[TimedTable, ...]] = (
    TimedTable("otel_traces", "traces"),
    TimedTable("messages", "traces", "Day"),
    TimedTable("trace_parts", "traces", "LastIngestTime"),
    TimedTable("span_content_parts", "traces", "LastIngestTime"),
    TimedTable("otel_logs", "logs"),
    *(TimedTable(table, "metrics") for table in TABLES["metrics"]),
    TimedTable("scores", "scores", "Time"),
    TimedTable("score_ledger", "scores", "Time"),
    TimedTable("completions", "scores", "Time"),
    TimedTable("session_completions", "scores", "Time"),
    TimedTable("flags", "scores", "Time"),
    TimedTable("review_queue", "scores", "Time"),
    TimedTable("notifications", "scores", "Time"),
    TimedTable("usage_folds", "usage", "Minute"),
    TimedTable("usage_parts", "usage", "Minute"),
    TimedTable("user_usage_parts", "usage", "Minute"),
)
"""
Tables whose rows expire. Scores are not kept by day, since a score that is made again replaces the old one; usage is
kept by month, and what goes of a month is rewritten. First what makes rows count, then the rows.
"""


@dataclass(frozen=True, slots=True)
class Partition:
    """
    A partition that may hold what has expired.

    Attributes:
        day: Of its rows; None where it is not partitioned by day.
        max_block: Its newest insert.
    """

    table: TimedTable
    id: str
    day: date | None
    max_block: int

    def is_by_receipt(self, today: date) -> bool:
        """Whether its rows expire by when they were received, for lack of a day that can be true."""
        return self.day is None or self.day > today + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Decision:
    """
    What of a partition has expired.

    Attributes:
        due: The day before which rows must have been received to go → the projects whose rows go.
        is_all: Whether nothing of it stays.
    """

    partition: Partition
    due: Mapping[date, tuple[str, ...]]
    rows: int
    is_all: bool

    @property
    def projects(self) -> tuple[str, ...]:
        """Whose rows go."""
        return tuple(sorted(project for group in self.due.values() for project in group))


def decide(store: Store, policies: Policies, partition: Partition, today: date, *, source: str = "") -> Decision:
    """Look at *partition*, which lies in the table *source* where that is given."""
    table, due = partition.table, defaultdict[date, list[str]](list)
    name = source or table.name
    found = store.rows("retention/projects", table=name, partition=partition.id, received=table.received)
    whole = 0
    for row in found:
        first = policies.keep_from(table.kind, row["Project"], today)
        if first is None:
            continue
        before = _goes_before(partition, row, first, today)
        if before is not None:
            due[before].append(row["Project"])
            whole += row["LastDay"] < before
    groups = {before: tuple(projects) for before, projects in due.items()}
    rows = sum(
        store.rows(
            "retention/count_received",
            table=name,
            partition=partition.id,
            received=table.received,
            projects=list(projects),
            before=before,
        )[0]["Rows"]
        for before, projects in groups.items()
    )
    return Decision(partition, groups, rows, is_all=bool(found) and whole == len(found))


def _goes_before(partition: Partition, row: Mapping[str, Any], first: date, today: date) -> date | None:
    """Before which day a project's rows must have been received to go; None: they stay."""
    if partition.is_by_receipt(today):
        return first if row["FirstDay"] < first else None
    return NO_LIMIT if partition.day is not None and partition.day < first else None
