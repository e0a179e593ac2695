-- Which models have no price, and how many calls does that leave without a cost?
-- Subject: Cost and tokens
-- days (default 7): days back from now.
-- Reads usage by the minute, by its sorting key (Project, Minute). See `spanmill prices` for what to do.
SELECT
    Name AS model,
    sum(Unpriced) AS unpriced,
    sum(Count) AS calls,
    sum(InputTokens) AS input_tokens,
    sum(OutputTokens) AS output_tokens
FROM usage
WHERE Minute >= subtractDays(now(), {days:UInt16}) AND SpanType IN ('llm', 'embedding', 'reranker')
GROUP BY model
HAVING unpriced > 0
ORDER BY unpriced DESC, model
