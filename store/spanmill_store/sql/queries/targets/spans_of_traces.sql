-- All spans of some traces in start order, for scorers of traces.
-- trace_ids: a batch of a job, some hundred. [attributes]: nothing, where a scorer does not look at them.
-- Reads the granules of these traces' spans.
SELECT Project, TraceId, SpanId, ParentSpanId, SpanName, SpanType, StatusCode, StatusMessage, Timestamp, Duration,
    Input, Output, SystemPrompt, RequestModel, ResponseModel, ToolName /*[attributes]*/ , SpanAttributes /*[/attributes]*/
FROM spans
WHERE TraceId IN {trace_ids:Array(String)}
ORDER BY Project, TraceId, Timestamp, SpanId
LIMIT 1 BY Project, TraceId, SpanId
