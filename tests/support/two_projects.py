"""Rows of two projects in every table that people may read, so that it shows whose rows an answer is made of."""

from spanmill_store import usage
from spanmill_store.client import Store

OURS, THEIRS = "ours", "it's \\ theirs"
TIME = "2026-01-02 03:04:05"
SECRET = "swordfish"
"""Stands in every row of `THEIRS`, and in no other."""

_SPANS = """
INSERT INTO otel_traces (
    Timestamp, TraceId, SpanId, ParentSpanId, SpanName, ServiceName, SpanAttributes, Duration, StatusCode, Tags,
    Events.Timestamp, Events.Name, Events.Attributes, Project, IngestTime, KeyId, UserId, SessionId, SpanType
)
SELECT
    {time:DateTime64(9)} + number, concat('trace', toString(intDiv(number, 3))), toString(number),
    if(number % 3 = 0, '', toString(intDiv(number, 3) * 3)), if(number % 3 = 0, 'root', 'step'), 'shop',
    map(
        'gen_ai.request.model', 'small', 'gen_ai.response.model', {word:String}, 'gen_ai.usage.input_tokens', '5',
        'word', {word:String}
    ), 1000 * (number + 1), if(number % 5, 'Ok', 'Error'),
    ['a', {word:String}], [{time:DateTime64(9)}], [{word:String}], [map('k', {word:String})],
    {project:String}, {time:DateTime64(9)}, 'key', {word:String}, 'session', 'llm'
FROM numbers(12)
"""
_LOGS = """
INSERT INTO otel_logs (Timestamp, TraceId, SpanId, ServiceName, Body, LogAttributes, Project, IngestTime, KeyId)
SELECT
    {time:DateTime64(9)}, concat('trace', toString(number)), toString(number * 3), 'shop', {word:String},
    map('gen_ai.input.messages', {word:String}), {project:String}, {time:DateTime64(9)}, 'key'
FROM numbers(4)
"""
_METRIC = """
INSERT INTO {table} (ServiceName, MetricName, Attributes, TimeUnix, Project, IngestTime, KeyId)
SELECT
    'shop', {word:String}, map('k', {word:String}), {time:DateTime64(9)} + number, {project:String},
    {time:DateTime64(9)}, 'key'
FROM numbers(3)
"""
_SCORES = """
INSERT INTO scores (Project, Time, TraceId, Name, Value, Rationale, Source, Rule, ScoreId)
SELECT
    {project:String}, {time:DateTime64(9)}, concat('trace', toString(number)), 'good', number / 4,
    {word:String}, 'rule', 'r', toString(number)
FROM numbers(4)
"""
_LEDGER = """
INSERT INTO score_ledger (Project, Rule, RuleVersion, TraceId, State, Reason, Time)
SELECT
    {project:String}, 'r', '1', concat('trace', toString(number)), 'scored', {word:String}, {time:DateTime64(9)}
FROM numbers(4)
"""
_COMPLETIONS = """
INSERT INTO completions (Project, TraceId, Time, StoreTime, ServiceName)
SELECT {project:String}, concat('trace', toString(number)), {time:DateTime64(9)}, {time:DateTime64(9)}, {word:String}
FROM numbers(4)
"""
_LATENESS = """
INSERT INTO service_lateness (Project, ServiceName, Time, Traces, LatenessS)
SELECT {project:String}, {word:String}, {time:DateTime64(9)}, 100, 1
"""
_SPEND = """
INSERT INTO judge_spend (Project, Day, Rule, BatchId, RuleVersion, Calls)
SELECT {project:String}, {time:DateTime64(9)}, {word:String}, 'batch', '1', 3
"""
_FLAGS = """
INSERT INTO flags (Project, Time, TraceId, Rule, RuleVersion, ScoreName, Reason)
SELECT
    {project:String}, {time:DateTime64(9)}, concat('trace', toString(number)), 'r', '1', 'good', {word:String}
FROM numbers(2)
"""
_DATASETS = """
INSERT INTO datasets (Project, Name, Description, Time)
SELECT {project:String}, 'cases', {word:String}, {time:DateTime64(9)}
"""
_ROWS = """
INSERT INTO dataset_rows (Project, Dataset, RowId, Time, Input)
SELECT {project:String}, 'cases', toString(number), {time:DateTime64(9)}, {word:String} FROM numbers(2)
"""
_BOOKS = """
INSERT INTO ingest_ledger (Minute, Project, KeyId, Signal, Outcome, Reason, EntryId, Requests, Items)
SELECT toDateTime('2026-01-02 03:04:00'), {project:String}, {word:String}, 'traces', 'refused', '', number, 1, 1
FROM numbers(2)
"""
_METRICS = ("gauge", "sum", "histogram", "exponential_histogram", "summary")


def fill(store: Store, project: str) -> None:
    """Write rows of *project* into every table."""
    params = {"project": project, "word": SECRET if project == THEIRS else "7", "time": TIME}
    metrics = [_METRIC.replace("{table}", f"otel_metrics_{kind}") for kind in _METRICS]
    for statement in (
        _SPANS,
        _LOGS,
        *metrics,
        _SCORES,
        _LEDGER,
        _COMPLETIONS,
        _LATENESS,
        _SPEND,
        _FLAGS,
        _DATASETS,
        _ROWS,
        _BOOKS,
    ):
        store.execute(statement, params)
    usage.fold(store)
