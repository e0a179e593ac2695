-- Which traces cost most?
-- Subject: Cost and tokens
-- days (default 1): days back from now.
-- limit (default 20): rows at most.
-- Reads traces of these days: their ids by the partitions of otel_traces, the rest by (Project, TraceId).
SELECT
    TraceId AS trace,
    StartTime AS start,
    AppRootName AS name,
    UserId AS user,
    LlmCount AS calls,
    InputTokens AS input_tokens,
    OutputTokens AS output_tokens,
    CostUsd AS usd,
    Models AS models
FROM traces
WHERE StartTime >= subtractDays(now(), {days:UInt16}) AND (Project, TraceId) IN (
        SELECT Project, TraceId FROM otel_traces WHERE Timestamp >= subtractDays(now(), {days:UInt16})
    ) AND CostUsd > 0
ORDER BY usd DESC, trace
LIMIT {limit:UInt32}
