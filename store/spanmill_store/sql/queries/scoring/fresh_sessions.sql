-- Sessions that became complete lately.
-- since_ns, but: as in scoring/complete_traces.
-- Reads completions of that time.
SELECT DISTINCT SessionId
FROM session_completions
WHERE Time > fromUnixTimestamp64Nano({since_ns:Int64}) AND Planner != {but:String}
