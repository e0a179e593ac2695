-- How do conversations grow: tokens and cost of the first turn, the second, …?
-- Subject: Conversations
-- days (default 7): days back from now.
-- limit (default 20): rows at most.
-- Reads traces of these days: their ids by the partitions of otel_traces, the rest by (Project, TraceId).
SELECT
    turn,
    count() AS sessions,
    avg(InputTokens) AS input_tokens,
    avg(OutputTokens) AS output_tokens,
    avg(CostUsd) AS usd
FROM
(
    SELECT
        InputTokens, OutputTokens, CostUsd,
        row_number() OVER (PARTITION BY Project, SessionId ORDER BY StartTime, TraceId) AS turn
    FROM traces
    WHERE StartTime >= subtractDays(now(), {days:UInt16}) AND (Project, TraceId) IN (
        SELECT Project, TraceId FROM otel_traces WHERE Timestamp >= subtractDays(now(), {days:UInt16})
    ) AND Source = 'production' AND SessionId != ''
)
GROUP BY turn
ORDER BY turn
LIMIT {limit:UInt32}
