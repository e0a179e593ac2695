-- Traces that became complete lately, as targets.
-- since_ns, but, shares, share: as in scoring/plan_traces.
-- Reads completions of that time.
SELECT Project, TraceId, '' AS SpanId, '' AS SessionId, max(done.Revision) AS Revision
FROM completions AS done
WHERE Time > fromUnixTimestamp64Nano({since_ns:Int64}) AND Planner != {but:String} AND cityHash64(TraceId) % {shares:UInt32} = {share:UInt32}
GROUP BY Project, TraceId
