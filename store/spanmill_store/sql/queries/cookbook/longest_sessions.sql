-- Which conversations have most turns?
-- Subject: Conversations
-- days (default 7): days back from now.
-- limit (default 20): rows at most.
-- Reads traces of these days: their ids by the partitions of otel_traces, the rest by (Project, TraceId).
-- Of a conversation that began before, the turns of these days count.
SELECT
    SessionId AS session,
    max(UserId) AS user,
    count() AS turns,
    dateDiff(second, min(StartTime), max(EndTime)) AS seconds,
    sum(InputTokens) + sum(OutputTokens) AS tokens,
    sum(CostUsd) AS usd,
    sum(ErrorCount) AS errors
FROM traces
WHERE StartTime >= subtractDays(now(), {days:UInt16}) AND (Project, TraceId) IN (
        SELECT Project, TraceId FROM otel_traces WHERE Timestamp >= subtractDays(now(), {days:UInt16})
    ) AND Source = 'production' AND SessionId != ''
GROUP BY Project, session
ORDER BY turns DESC, seconds DESC, session
LIMIT {limit:UInt32}
