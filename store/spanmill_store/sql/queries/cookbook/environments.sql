-- How do environments compare in traffic, errors and cost?
-- Subject: Releases, models and prompts
-- days (default 7): days back from now.
-- Reads usage by the minute, by its sorting key (Project, Minute).
SELECT
    Environment AS environment,
    Source AS source,
    sumIf(Count, SpanType = 'trace') AS traces,
    sumIf(Errors, SpanType = 'trace') / traces AS failed_share,
    sumIf(Count, SpanType = 'llm') AS calls,
    sum(InputTokens + OutputTokens) AS tokens,
    sum(CostUsd) AS usd,
    usd / traces AS usd_per_trace
FROM usage
WHERE Minute >= subtractDays(now(), {days:UInt16})
GROUP BY environment, source
HAVING traces > 0
ORDER BY traces DESC, environment, source
