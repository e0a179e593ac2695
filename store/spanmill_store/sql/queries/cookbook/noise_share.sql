-- How much of what is stored is noise: traces of nothing but web servers and databases?
-- Subject: Traffic
-- days (default 7): days back from now.
-- Reads traces of these days: their ids by the partitions of otel_traces, the rest by (Project, TraceId).
SELECT
    ServiceName AS service,
    count() AS traces,
    countIf(IsNoise) AS noise,
    noise / traces AS noise_share,
    topKIf(3)(RootName, IsNoise) AS names
FROM traces
WHERE StartTime >= subtractDays(now(), {days:UInt16}) AND (Project, TraceId) IN (
        SELECT Project, TraceId FROM otel_traces WHERE Timestamp >= subtractDays(now(), {days:UInt16})
    ) AND Source = 'production'
GROUP BY service
ORDER BY noise DESC, service
