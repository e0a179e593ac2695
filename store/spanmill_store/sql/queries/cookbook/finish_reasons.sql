-- Why do models stop: how many answers were cut off?
-- Subject: Errors
-- days (default 7): days back from now.
-- Reads otel_traces of these days only, by its partitions. length or max_tokens: the answer was cut off.
SELECT
    firstNonDefault(ResponseModel, RequestModel) AS model,
    FinishReason AS reason,
    count() AS calls,
    calls / sum(calls) OVER (PARTITION BY model) AS share
FROM otel_traces
WHERE Timestamp >= subtractDays(now(), {days:UInt16}) AND Source = 'production' AND SpanType = 'llm'
GROUP BY model, reason
ORDER BY model, calls DESC, reason
