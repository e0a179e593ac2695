"""
The one list of where data of people lies, and by which key it is found there.

A test fails when the schema has a table that is neither here nor declared free of personal data below.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from spanmill_store.client import Store
from spanmill_store.otlp.repetition import TABLES


@dataclass(frozen=True, slots=True)
class Way:
    """
    How rows of a table are found and removed.

    Attributes:
        parameter: What the queries call the table.
        count: Query that counts them by partition.
        delete: Query that removes them from one partition.
        note: Query that notes them in the journal first, where the table is in the books.
    """

    parameter: str
    count: str
    delete: str
    note: str = ""


_SPANS: Final = Way("table", "forget/count_spans", "forget/delete_spans", "forget/note_spans")
_LOGS: Final = Way("logs", "forget/count_logs", "forget/delete_logs", "forget/note_logs")
_POINTS: Final = Way("points", "forget/count_points", "forget/delete_points", "forget/note_points")
_OF_TRACES: Final = Way("table", "forget/count_spans", "forget/delete_parts")
_TARGETS: Final = Way("table", "forget/count_targets", "forget/delete_targets")
_SESSIONS: Final = Way("sessions", "forget/count_sessions", "forget/delete_sessions")
_USAGE: Final = Way("usage", "forget/count_usage", "forget/delete_usage")
_MESSAGES: Final = Way("messages", "forget/count_messages", "forget/delete_messages")
_LINKS: Final = Way("table", "forget/count_links", "forget/strip_links")
_EXEMPLARS: Final = Way("points", "forget/count_exemplars", "forget/strip_exemplars")

DATASET_ROWS: Final = "dataset_rows"
"""The one table that may be kept: test cases that people made from what goes."""

HELD: Final[Mapping[str, Way]] = {
    "otel_traces": _SPANS,
    "otel_logs": _LOGS,
    "messages": _MESSAGES,
    "trace_parts": _OF_TRACES,
    "span_content_parts": _OF_TRACES,
    "sql_runs": _TARGETS,
    "scores": _TARGETS,
    "score_ledger": _TARGETS,
    "completions": _OF_TRACES,
    "session_completions": _SESSIONS,
    "flags": _TARGETS,
    "review_queue": _TARGETS,
    "notifications": _TARGETS,
    DATASET_ROWS: _TARGETS,
    "user_usage_parts": _USAGE,
    **dict.fromkeys(TABLES["metrics"], _POINTS),
}
"""
Table → whose rows go: those of the traces; log records that name the user too; scores, decisions, flags and test cases
of the sessions too, and when these were complete; data points that name the user; what the user used; and messages that
no span holds any more. First what others are made from: nothing is made anew of what is gone.
"""

PASSING: Final[Mapping[str, Way]] = {"trace_parts_remapped": _OF_TRACES}
"""As `HELD`, tables that are there only while something else is at work, or after it was killed."""

STRIPPED: Final[Mapping[str, Way]] = {
    "otel_traces": _LINKS,
    **{table: _EXEMPLARS for table in TABLES["metrics"] if table != "otel_metrics_summary"},
}
"""Table → what is taken out of rows that stay: links to the traces; exemplars of the traces or the user."""

FREE: Final[Mapping[str, str]] = {
    "model_prices": "prices",
    "planner_cursors": "names of rules and times",
    "rule_checks": "names of rules and of parts of the traffic, and what was measured of them",
    "backfills": "names of rules and times",
    "service_lateness": "names of services and seconds",
    "judge_spend": "calls and money, by rule and day",
    "first_seen_parts": "names of models, prompts, agents, tools and releases",
    "usage_parts": "sums over everybody",
    "usage_folds": "numbers of minutes",
    "remapped_days": "days",
    "packed_days": "days",
    "alert_states": "names of rules, and means over everybody",
    "datasets": "names and descriptions that people gave to sets of test cases",
    "ingest_ledger": "counts",
    "api_keys": "names of keys",
    "retention": "settings",
    "upkeep_marks": "names of partitions",
    "removals": "counts, while rows are removed",
    "forgetting": "ids, while rows are removed",
    "forgotten": "keyed hashes",
    "schema_migrations": "names of migrations",
    "otlp_traces": "keeps nothing",
    "otlp_logs": "keeps nothing",
    "otlp_metrics": "keeps nothing",
}
"""Table → what it holds instead of personal data."""


def held(store: Store, *, keep_datasets: bool) -> list[tuple[str, Way]]:
    """Return the tables whose rows go, in the order in which they do."""
    passing = {row["Name"] for row in store.rows("forget/existing", tables=list(PASSING))}
    found = {**HELD, **{table: PASSING[table] for table in passing}}
    return [(table, way) for table, way in found.items() if not (keep_datasets and table == DATASET_ROWS)]
