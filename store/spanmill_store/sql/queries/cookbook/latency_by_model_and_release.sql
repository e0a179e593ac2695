-- How long do calls of each model take, in each release?
-- Subject: Speed
-- days (default 7): days back from now.
-- Reads otel_traces of these days only, by its partitions. In seconds.
SELECT
    firstNonDefault(ResponseModel, RequestModel) AS model,
    Release AS release,
    count() AS calls,
    quantile(0.5)(Duration) / 1e9 AS p50_s,
    quantile(0.95)(Duration) / 1e9 AS p95_s
FROM otel_traces
WHERE Timestamp >= subtractDays(now(), {days:UInt16}) AND Source = 'production' AND SpanType = 'llm'
GROUP BY model, release
ORDER BY calls DESC, model, release
