"""Data of several users and projects on several days, entered into the books as a collector would have done."""

import itertools
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from spanmill_store import ingest_ledger
from spanmill_store.client import Store
from spanmill_store.ingest_ledger import LedgerRow

_numbers = itertools.count(1)


def moment(day: date) -> datetime:
    """Noon of *day*."""
    return datetime.combine(day, time(12), UTC)


class People:
    """Writes what applications of several users send."""

    def __init__(self, store: Store, received: datetime | None = None) -> None:
        self._store = store
        self._received = received or datetime.now(UTC) - timedelta(minutes=10)

    def trace(
        self,
        user: str = "",
        *,
        project: str = "default",
        day: date | datetime | None = None,
        session: str = "",
        trace_id: str = "",
        users: Sequence[str] = (),
        attributes: Mapping[str, str] | None = None,
        received: datetime | None = None,
        links: Sequence[str] = (),
    ) -> str:
        """Write a trace with a span for each of *users*, or one of *user*. Return its id."""
        number = next(_numbers)
        trace = trace_id or f"{number:032x}"
        begun = _begun(day)
        received = (received or self._received) + timedelta(microseconds=number)
        links_of_it: tuple[list[Any], ...] = (list(links), list(links), ["" for _ in links], [{} for _ in links])
        rows = [
            (begun, trace, f"{number:08x}{place:08x}", project, received, "k1", who, session, dict(attributes or {}))
            for place, who in enumerate(users or [user])
        ]
        columns = ("Timestamp", "TraceId", "SpanId", "Project", "IngestTime", "KeyId", "UserId", "SessionId")
        more = ("SpanAttributes", "Links.TraceId", "Links.SpanId", "Links.TraceState", "Links.Attributes")
        self._store.insert("otel_traces", (*columns, *more), [(*row, *links_of_it) for row in rows])
        self._accept("traces", project, received, len(rows))
        return trace

    def log(
        self, user: str = "", *, trace: str = "", project: str = "default", day: date | None = None, body: str = "hello"
    ) -> None:
        """Write a log record with content, of a span of *trace* where that is given."""
        received = self._received + timedelta(microseconds=next(_numbers))
        attributes = {"user.id": user} if user else {}
        attributes |= {"gen_ai.input.messages": body}
        span = "1" * 16 if trace else ""
        columns = ("Timestamp", "TraceId", "SpanId", "Body", "LogAttributes", "Project", "IngestTime", "KeyId")
        self._store.insert(
            "otel_logs", columns, [(_begun(day), trace, span, body, attributes, project, received, "k1")]
        )
        self._accept("logs", project, received, 1)

    def point(
        self,
        user: str = "",
        *,
        exemplars: Sequence[str] = (),
        project: str = "default",
        day: date | None = None,
        table: str = "otel_metrics_gauge",
    ) -> None:
        """Write a data point with exemplars of traces."""
        received = self._received + timedelta(microseconds=next(_numbers))
        begun = _begun(day)
        names = ("TraceId", "SpanId", "Value", "TimeUnix", "FilteredAttributes")
        columns: tuple[str, ...] = ("MetricName", "Attributes", "TimeUnix", "Project", "IngestTime", "KeyId")
        row: tuple[Any, ...] = ("requests", {"user.id": user} if user else {}, begun, project, received, "k1")
        if table != "otel_metrics_summary":
            columns += tuple(f"Exemplars.{name}" for name in names)
            count = len(exemplars)
            row += (list(exemplars), ["1" * 16] * count, [1.0] * count, [begun] * count, [{}] * count)
        self._store.insert(table, columns, [row])
        self._accept("metrics", project, received, 1)

    def verdicts(self, trace: str, *, project: str = "default", scorer_trace: str = "", session: str = "") -> None:
        """
        Write a score, its ledger row, a completion, a flag, what follows from it, and a test case of *trace*.

        Of *session* a completion too.
        """
        self._store.insert(
            "scores",
            ("Project", "TraceId", "SessionId", "Name", "Value", "Source", "ScorerTraceId", "ScoreId"),
            [(project, trace, session, "good", 1.0, "judge", scorer_trace, f"s-{trace}-{session}")],
        )
        columns: tuple[str, ...] = ("Run", "Project", "Rule", "TraceId", "SessionId", "State")
        self._store.insert("sql_runs", columns, [(1, project, "r", trace, session, "scored")])
        columns = ("Project", "Rule", "RuleVersion", "TraceId", "SessionId", "State")
        self._store.insert("score_ledger", columns, [(project, "r", "1", trace, "" if trace else session, "scored")])
        if trace:
            self._store.insert("completions", ("Project", "TraceId", "Time"), [(project, trace, datetime.now(UTC))])
        if session:
            columns = ("Project", "SessionId", "Time", "TraceIds")
            row = (project, session, datetime.now(UTC), [trace] if trace else [])
            self._store.insert("session_completions", columns, [row])
        columns = ("Project", "TraceId", "SessionId", "Rule", "RuleVersion", "ScoreName")
        self._store.insert("flags", columns, [(project, trace, "" if trace else session, "r", "1", "good")])
        self._store.insert(
            "review_queue",
            ("Project", "ItemId", "TraceId", "SessionId", "Rule", "RuleVersion", "Why", "ScoreName"),
            [(project, f"i-{trace}-{session}", trace, session, "r", "1", "flagged", "good")],
        )
        self._store.insert(
            "notifications",
            ("Project", "NotificationId", "Kind", "Rule", "Route", "TraceId", "SessionId", "Body"),
            [(project, f"n-{trace}-{session}", "flag", "r", "webhook", trace, session, f"trace {trace}")],
        )
        columns = ("Project", "Dataset", "RowId", "Input", "TraceId")
        self._store.insert("dataset_rows", columns, [(project, "cases", f"row-{trace}", "question", trace)])

    def _accept(self, signal: str, project: str, received: datetime, items: int) -> None:
        minute = received.replace(second=0, microsecond=0)
        row = LedgerRow(minute, project, "k1", signal, "accepted", "", 1, items)
        ingest_ledger.write(self._store, [row], f"people-{next(_numbers)}")


def _begun(day: date | datetime | None) -> datetime:
    if day is None:
        return datetime.now(UTC) - timedelta(hours=1)
    return day if isinstance(day, datetime) else moment(day)


def unbalanced(store: Store) -> list[dict[str, Any]]:
    """The minutes whose books do not balance."""
    return store.select("SELECT * FROM ingest_accounts WHERE Unaccounted != 0")


def traces_left(store: Store, table: str = "otel_traces") -> set[str]:
    """Ids of the traces that *table* holds rows of."""
    return {row["TraceId"] for row in store.select(f"SELECT DISTINCT TraceId FROM {table} WHERE TraceId != ''")}


def everything(store: Store) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table of ours, to see that nothing has changed."""
    tables = store.select(
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND endsWith(engine, 'MergeTree')"
        " AND name NOT IN ('upkeep_marks', 'schema_migrations') ORDER BY name"
    )
    return {row["name"]: store.select(f"SELECT * FROM {row['name']} ORDER BY toString(tuple(*))") for row in tables}
