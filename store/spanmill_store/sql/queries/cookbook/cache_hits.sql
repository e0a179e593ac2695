-- What share of the tokens that models read came from a cache?
-- Subject: Cost and tokens
-- days (default 7): days back from now.
-- Reads usage by the minute, by its sorting key (Project, Minute).
SELECT
    Name AS model,
    sum(InputTokens) AS input_tokens,
    sum(CachedTokens) AS cached_tokens,
    cached_tokens / input_tokens AS share
FROM usage
WHERE Minute >= subtractDays(now(), {days:UInt16}) AND SpanType = 'llm'
GROUP BY model
HAVING input_tokens > 0
ORDER BY input_tokens DESC, model
