-- What did one user do?
-- Subject: Look something up
-- user: id of the user.
-- days (default 7): days back from now.
-- limit (default 50): rows at most.
-- Reads traces with a span of the user: their ids by the partitions of otel_traces, the rest by (Project, TraceId).
SELECT
    TraceId AS trace,
    StartTime AS start,
    AppRootName AS name,
    SessionId AS session,
    DurationNs / 1e9 AS seconds,
    ErrorCount AS errors,
    CostUsd AS usd,
    ToolPath AS path
FROM traces
WHERE StartTime >= subtractDays(now(), {days:UInt16}) AND (Project, TraceId) IN (
        SELECT Project, TraceId FROM otel_traces
        WHERE Timestamp >= subtractDays(now(), {days:UInt16}) AND UserId = {user:String}
    ) AND UserId = {user:String}
ORDER BY start DESC, trace
LIMIT {limit:UInt32}
