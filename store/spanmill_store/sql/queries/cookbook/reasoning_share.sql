-- What share of the tokens that models write is reasoning?
-- Subject: Cost and tokens
-- days (default 7): days back from now.
-- Reads otel_traces of these days only, by its partitions. Of calls that tell how much they reasoned.
SELECT
    firstNonDefault(ResponseModel, RequestModel) AS model,
    count() AS calls,
    sum(OutputTokens) AS output_tokens,
    sum(ReasoningTokens) AS reasoning_tokens,
    reasoning_tokens / output_tokens AS share
FROM otel_traces
WHERE Timestamp >= subtractDays(now(), {days:UInt16}) AND SpanType = 'llm' AND isNotNull(ReasoningTokens)
GROUP BY model
HAVING output_tokens > 0
ORDER BY output_tokens DESC, model
