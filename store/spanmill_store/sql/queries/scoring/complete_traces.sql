-- Traces that became complete lately, as targets.
-- since_ns: after when. but: those that this planner found are left out. shares, share: one of so many equal shares of the
-- traces, so that memory is bounded. [chosen]: what spanmill_store.scoring.backfill puts in the place of what became complete lately.
-- Reads completions of that time.
SELECT Project, TraceId, '' AS SpanId, '' AS SessionId, max(done.Revision) AS Revision
FROM completions AS done
WHERE /*[chosen]*/ Time > fromUnixTimestamp64Nano({since_ns:Int64}) AND Planner != {but:String} /*[/chosen]*/
    AND cityHash64(TraceId) % {shares:UInt32} = {share:UInt32}
GROUP BY Project, TraceId
