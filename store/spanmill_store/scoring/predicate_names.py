"""What SQL of rules may name: columns by scope, tables, and which of the harmless functions it may not call."""

import re
from collections.abc import Mapping
from typing import Final

from spanmill_store.guard.tables import READABLE

_TRACES: Final = (
    "Project TraceId RootSpanId RootName ServiceName Services StartTime EndTime DurationNs HasRoot AppRootSpanId "
    "AppRootName IsNoise SpanCount LlmCount ToolCount ErrorCount InputTokens OutputTokens CachedTokens CostUsd "
    "SessionId UserId Environment Release Source Tags Models AgentNames ToolNames ToolPath Input Output "
    "LastIngestTime LastStoreTime SamplingProbability"
)
TRACE_COLUMNS: Final = frozenset(_TRACES.split())
"""Columns of the view ``traces``."""

_SPANS: Final = (
    "Timestamp TraceId SpanId ParentSpanId TraceState SpanName SpanKind ServiceName ResourceAttributes ScopeName "
    "ScopeVersion SpanAttributes Duration StatusCode StatusMessage Events.Timestamp Events.Name Events.Attributes "
    "Links.TraceId Links.SpanId Links.TraceState Links.Attributes ScopeAttributes Project IngestTime KeyId "
    "SpanType Provider RequestModel ResponseModel ModelName InputKey Input InputText OutputKey Output OutputText "
    "SystemPrompt InputTokens OutputTokens CachedTokens CacheWriteTokens ReasoningTokens CostUsd CostSource "
    "IsCostReported SessionId UserId AgentName ToolName FinishReason Tags ResponseId PromptName PromptVersion "
    "ErrorType IsError TimeToFirstChunk Environment Release "
    "Source MappingVersion SamplingProbability"
)
SPAN_COLUMNS: Final = frozenset(_SPANS.split())
"""Columns of ``spans``, which has those of ``otel_traces``."""

_SESSIONS: Final = (
    "Project SessionId StartTime EndTime TraceCount SpanCount LlmCount ToolCount ErrorCount InputTokens OutputTokens "
    "CostUsd UserId Environment Release Source Tags Models FirstInput LastOutput TraceIds LastStoreTime "
    "SamplingProbability"
)
SESSION_COLUMNS: Final = frozenset(_SESSIONS.split())
"""Columns of the view ``sessions``."""

COLUMNS: Final[Mapping[str, frozenset[str]]] = {
    "trace": TRACE_COLUMNS,
    "span": SPAN_COLUMNS,
    "session": SESSION_COLUMNS,
}
"""What an expression may name, by the rule's scope."""

TABLES: Final = frozenset(table.name for table in READABLE.values() if table.is_for_rules)
"""What the SELECT of a rule may read."""

_UNSTABLE: Final = re.compile(
    r"""
    # depends on the clock, on chance or on the session, so the same row would score differently each time
    now\w* | today | yesterday | (utc|local|current|cur)_?\w* | rand\w* | generate\w* | timezone
    # depends on other rows or changes their number
    | arrayJoin | unnest | untuple | grouping
    """,
    re.VERBOSE | re.IGNORECASE,
)


def is_unstable_function(name: str) -> bool:
    """Whether SQL of a rule may not call *name* although it only computes: its result depends on more than the row."""
    return _UNSTABLE.fullmatch(name) is not None
