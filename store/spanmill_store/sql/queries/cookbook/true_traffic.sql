-- How much traffic was there really, where applications send only a share of it?
-- Subject: Traffic
-- days (default 7): days back from now.
-- Reads traces of these days: their ids by the partitions of otel_traces, the rest by (Project, TraceId). A trace that was
-- sent with probability p stands for 1/p of them.
WITH 1 / SamplingProbability AS weight
SELECT
    ServiceName AS service,
    count() AS stored,
    sum(weight) AS traces,
    sum(ErrorCount > 0) AS stored_failed,
    sumIf(weight, ErrorCount > 0) / traces AS failed_share,
    sum(weight * DurationNs) / traces / 1000000000 AS mean_s,
    sum(weight * CostUsd) AS usd
FROM traces
WHERE StartTime >= subtractDays(now(), {days:UInt16}) AND (Project, TraceId) IN (
        SELECT Project, TraceId FROM otel_traces WHERE Timestamp >= subtractDays(now(), {days:UInt16})
    ) AND Source = 'production' AND NOT IsNoise
GROUP BY service
ORDER BY traces DESC, service
