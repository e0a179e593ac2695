-- Which conversations ended without an answer, in an error, or with a flag?
-- Subject: Conversations
-- days (default 7): days back from now.
-- limit (default 20): rows at most.
-- Reads traces of these days: their ids by the partitions of otel_traces, the rest by (Project, TraceId).
-- Whether a user was content nobody can know from spans; this is what can be seen: the last turn said nothing, had
-- a span that failed, or was flagged. Asks whether there is an output, so it reads Output.
SELECT
    SessionId AS session,
    max(UserId) AS user,
    count() AS turns,
    argMax(TraceId, StartTime) AS last_trace,
    max(StartTime) AS last_time,
    argMax(empty(trimBoth(Output)), StartTime) AS said_nothing,
    argMax(ErrorCount > 0, StartTime) AS failed,
    argMax((Project, TraceId) IN (SELECT Project, TraceId FROM flags FINAL WHERE NOT IsWithdrawn), StartTime) AS was_flagged
FROM traces
WHERE StartTime >= subtractDays(now(), {days:UInt16}) AND (Project, TraceId) IN (
        SELECT Project, TraceId FROM otel_traces WHERE Timestamp >= subtractDays(now(), {days:UInt16})
    ) AND Source = 'production' AND SessionId != ''
GROUP BY Project, session
HAVING said_nothing OR failed OR was_flagged
ORDER BY last_time DESC, session
LIMIT {limit:UInt32}
