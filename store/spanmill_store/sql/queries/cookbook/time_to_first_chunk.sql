-- How long do users wait until a streamed answer begins?
-- Subject: Speed
-- days (default 7): days back from now.
-- Reads otel_traces of these days only, by its partitions. In seconds, of calls that tell.
SELECT
    firstNonDefault(ResponseModel, RequestModel) AS model,
    count() AS calls,
    quantile(0.5)(TimeToFirstChunk) / 1e9 AS p50_s,
    quantile(0.95)(TimeToFirstChunk) / 1e9 AS p95_s
FROM otel_traces
WHERE Timestamp >= subtractDays(now(), {days:UInt16}) AND Source = 'production' AND isNotNull(TimeToFirstChunk)
GROUP BY model
ORDER BY p95_s DESC, model
