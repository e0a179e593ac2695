-- Which ways through the tools do traces take, and which of them fail?
-- Subject: Tools and paths
-- days (default 7): days back from now.
-- limit (default 20): rows at most.
-- Reads traces of these days: their ids by the partitions of otel_traces, the rest by (Project, TraceId).
SELECT
    ToolPath AS path,
    count() AS traces,
    countIf(ErrorCount > 0) / traces AS failed_share,
    avg(DurationNs) / 1e9 AS mean_s,
    avg(CostUsd) AS usd_per_trace
FROM traces
WHERE StartTime >= subtractDays(now(), {days:UInt16}) AND (Project, TraceId) IN (
        SELECT Project, TraceId FROM otel_traces WHERE Timestamp >= subtractDays(now(), {days:UInt16})
    ) AND Source = 'production' AND ToolCount > 0
GROUP BY path
ORDER BY traces DESC, path
LIMIT {limit:UInt32}
