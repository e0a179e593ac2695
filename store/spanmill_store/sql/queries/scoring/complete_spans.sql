-- Spans of complete traces, as targets. A span does not change, so it has no revisions.
-- [complete]: scoring/complete_traces.
-- Reads the ids of these traces' spans.
SELECT Project, TraceId, SpanId, '' AS SessionId, toUInt32(0) AS Revision
FROM otel_traces
WHERE (Project, TraceId) IN
(
    SELECT Project, TraceId
    FROM (/*[complete]*/ SELECT Project, TraceId FROM completions /*[/complete]*/)
)
GROUP BY Project, TraceId, SpanId
SETTINGS distributed_product_mode = 'local'
