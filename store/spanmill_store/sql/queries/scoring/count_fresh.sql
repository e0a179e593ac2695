-- How many traces became complete lately.
-- since_ns, but, shares, share: as in scoring/plan_traces.
-- Reads completions of that time.
SELECT uniqExact(Project, TraceId) AS Fresh
FROM completions
WHERE Time > fromUnixTimestamp64Nano({since_ns:Int64}) AND Planner != {but:String}
    AND cityHash64(TraceId) % {shares:UInt32} = {share:UInt32}
