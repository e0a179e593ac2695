-- How does a release compare with another: errors, speed, tokens and cost of its traces?
-- Subject: Releases, models and prompts
-- before: the older release.
-- after: the newer release.
-- days (default 7): days back from now.
-- Reads traces of these days: their ids by the partitions of otel_traces, the rest by (Project, TraceId).
SELECT
    Release AS release,
    count() AS traces,
    countIf(ErrorCount > 0) / traces AS failed_share,
    sqrt(failed_share * (1 - failed_share) / traces) AS failed_error,
    quantile(0.5)(DurationNs) / 1e9 AS p50_s,
    quantile(0.95)(DurationNs) / 1e9 AS p95_s,
    avg(InputTokens + ifNull(OutputTokens, 0)) AS tokens_per_trace,
    avg(CostUsd) AS usd_per_trace,
    if(count(CostUsd) > 1, stddevSamp(CostUsd) / sqrt(count(CostUsd)), NULL) AS usd_error
FROM traces
WHERE StartTime >= subtractDays(now(), {days:UInt16}) AND (Project, TraceId) IN (
        SELECT Project, TraceId FROM otel_traces WHERE Timestamp >= subtractDays(now(), {days:UInt16})
    ) AND Source = 'production' AND Release IN ({before:String}, {after:String}) AND NOT IsNoise
GROUP BY release
ORDER BY release = {after:String}
