-- What does each user cost?
-- Subject: Cost and tokens
-- days (default 7): days back from now.
-- limit (default 20): rows at most.
-- Reads user_usage by the minute, by its sorting key (Project, Minute).
-- A call whose price is not known adds no cost: it is counted as unpriced.
SELECT
    UserId AS user,
    sum(Calls) AS calls,
    sum(InputTokens) AS input_tokens,
    sum(OutputTokens) AS output_tokens,
    sum(CostUsd) AS usd,
    sum(Unpriced) AS unpriced
FROM user_usage
WHERE Minute >= subtractDays(now(), {days:UInt16})
GROUP BY user
ORDER BY usd DESC, user
LIMIT {limit:UInt32}
