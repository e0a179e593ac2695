"""What SQL of rules may name: columns by scope, tables, and the functions that are refused."""

import re
from collections.abc import Mapping
from typing import Final

_TRACES: Final = (
    "Project TraceId RootSpanId RootName ServiceName StartTime EndTime DurationNs HasRoot SpanCount LlmCount ToolCount "
    "ErrorCount InputTokens OutputTokens CostUsd SessionId UserId Environment Release Source Models ToolNames Input "
    "Output LastIngestTime LastStoreTime"
)
TRACE_COLUMNS: Final = frozenset(_TRACES.split())
"""Columns of the view ``traces``."""

_SPANS: Final = (
    "Timestamp TraceId SpanId ParentSpanId TraceState SpanName SpanKind ServiceName ResourceAttributes ScopeName "
    "ScopeVersion SpanAttributes Duration StatusCode StatusMessage Events.Timestamp Events.Name Events.Attributes "
    "Links.TraceId Links.SpanId Links.TraceState Links.Attributes ScopeAttributes Project IngestTime KeyId "
    "SpanType Provider RequestModel ResponseModel Input InputText Output OutputText SystemPrompt InputTokens "
    "OutputTokens CachedTokens ReasoningTokens CostUsd CostSource SessionId UserId AgentName ToolName FinishReason "
    "Tags Environment Release Source MappingVersion"
)
SPAN_COLUMNS: Final = frozenset(_SPANS.split())
"""Columns of ``spans``, which has those of ``otel_traces``."""

COLUMNS: Final[Mapping[str, frozenset[str]]] = {"trace": TRACE_COLUMNS, "span": SPAN_COLUMNS}
"""What an expression may name, by the rule's scope."""

TABLES: Final = frozenset(
    {"spans", "otel_traces", "otel_logs", "traces", "scores", "flags", "datasets", "dataset_rows"}
)
"""What the SELECT of a rule may read."""

_DENIED: Final = re.compile(
    r"""
    # depends on the clock, on chance or on the session, so the same row would score differently each time
    now\w* | today | yesterday | (utc|local|current)_?\w* | rand\w* | generate\w* | fuzz\w* | uptime | version
    | host\w* | (initial)?query_?id | connection_?id | server\w* | get\w+ | timezone | tcpPort | buildId | revision
    # depends on other rows or changes their number
    | arrayJoin | running\w* | rowNumber\w* | neighbor | blockNumber | blockSize\w*
    # reads elsewhere
    | dict\w* | joinGet\w* | file | url | urlCluster | s3\w* | hdfs\w* | remote\w* | cluster\w* | mysql | postgresql
    | sqlite | mongodb | redis | odbc | jdbc | executable | catboostEvaluate | evalMLMethod | input | merge | view
    # does something
    | sleep\w* | throwIf | initializeAggregation | addressTo\w+ | demangle | trap | ai[A-Z]\w*
    """,
    re.VERBOSE | re.IGNORECASE,
)


def is_denied_function(name: str) -> bool:
    """Whether SQL of a rule may not call the function *name*."""
    return _DENIED.fullmatch(name) is not None
