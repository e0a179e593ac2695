-- Which users meet most errors?
-- Subject: Errors
-- days (default 7): days back from now.
-- limit (default 20): rows at most.
-- Reads traces of these days: their ids by the partitions of otel_traces, the rest by (Project, TraceId).
SELECT
    UserId AS user,
    count() AS traces,
    countIf(ErrorCount > 0) AS failed,
    failed / traces AS failed_share,
    argMax(TraceId, (ErrorCount > 0, StartTime)) AS newest_failed
FROM traces
WHERE StartTime >= subtractDays(now(), {days:UInt16}) AND (Project, TraceId) IN (
        SELECT Project, TraceId FROM otel_traces WHERE Timestamp >= subtractDays(now(), {days:UInt16})
    ) AND Source = 'production' AND UserId != ''
GROUP BY user
HAVING failed > 0
ORDER BY failed DESC, failed_share DESC, user
LIMIT {limit:UInt32}
