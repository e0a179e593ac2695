-- How many traces became complete lately.
-- since_ns, but: as in scoring/plan_traces.
-- Reads completions of that time.
SELECT uniqExact(Project, TraceId) AS Fresh
FROM completions
WHERE Time > fromUnixTimestamp64Nano({since_ns:Int64}) AND Planner != {but:String}
