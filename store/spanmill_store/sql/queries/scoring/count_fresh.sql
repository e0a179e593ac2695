-- How many traces or sessions a part of what is complete has.
-- [complete]: scoring/complete_traces or scoring/complete_sessions.
-- Reads what that reads.
SELECT uniqExact(TraceId, SessionId) AS Fresh
FROM (/*[complete]*/ SELECT TraceId, '' AS SessionId FROM completions /*[/complete]*/)
