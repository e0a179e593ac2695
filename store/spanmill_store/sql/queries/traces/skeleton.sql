-- The spans of one trace, to be drawn as a tree: everything but content, which traces/span has.
-- project: whose. trace_id: which.
-- Finds the time of the trace among the traces first, and then reads that time's spans and no content.
WITH
    (
        SELECT (min(StartTime), max(EndTime))
        FROM trace_parts
        WHERE Project = {project:String} AND TraceId = {trace_id:String}
    ) AS times
SELECT
    SpanId, ParentSpanId, SpanName, SpanKind, SpanType, ServiceName, Timestamp, Duration, StatusCode, StatusMessage, IsError,
    ErrorType, Provider, firstNonDefault(ResponseModel, RequestModel) AS ModelName, AgentName, ToolName, PromptName,
    PromptVersion, InputTokens, OutputTokens, CachedTokens, CacheWriteTokens, ReasoningTokens, CostUsd, IsCostReported,
    TimeToFirstChunk, FinishReason, SessionId, UserId, `Events.Timestamp`, `Events.Name`
FROM otel_traces
WHERE Project = {project:String} AND TraceId = {trace_id:String} AND Timestamp BETWEEN times.1 AND times.2
ORDER BY Timestamp, SpanId
LIMIT 1 BY SpanId
SETTINGS use_skip_indexes_on_data_read = 0
