-- What does each model cost, day by day?
-- Subject: Cost and tokens
-- days (default 14): days back from now.
-- Reads usage by the minute, by its sorting key (Project, Minute). Days are those of UTC.
SELECT
    toDate(Minute, 'UTC') AS day,
    Name AS model,
    sum(Count) AS calls,
    sum(InputTokens) AS input_tokens,
    sum(OutputTokens) AS output_tokens,
    sum(CostUsd) AS usd,
    sum(Unpriced) AS unpriced
FROM usage
WHERE Minute >= subtractDays(now(), {days:UInt16}) AND SpanType IN ('llm', 'embedding', 'reranker')
GROUP BY day, model
ORDER BY day DESC, usd DESC, model
