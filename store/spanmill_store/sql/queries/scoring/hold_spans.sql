-- Spans of traces that became complete lately, as targets.
-- since_ns, but, shares, share: as in scoring/plan_traces.
-- Reads completions of that time, and the ids of their traces' spans.
SELECT Project, TraceId, SpanId, '' AS SessionId, toUInt32(0) AS Revision
FROM otel_traces
WHERE (Project, TraceId) IN
(
    SELECT Project, TraceId
    FROM completions
    WHERE Time > fromUnixTimestamp64Nano({since_ns:Int64}) AND Planner != {but:String} AND cityHash64(TraceId) % {shares:UInt32} = {share:UInt32}
)
GROUP BY Project, TraceId, SpanId
SETTINGS distributed_product_mode = 'local'
