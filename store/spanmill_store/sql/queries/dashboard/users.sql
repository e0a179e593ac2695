-- Who used most: calls, errors, tokens and cost by user.
-- project: whose. since, before: which time, UTC. limit: how many users, the most expensive first.
-- Reads usage by the minute and user, and no span.
SELECT
    UserId,
    sum(Calls) AS Calls,
    sum(Errors) AS Errors,
    sum(InputTokens) AS InputTokens,
    sum(OutputTokens) AS OutputTokens,
    sum(CostUsd) AS CostUsd
FROM user_usage
WHERE Project = {project:String} AND Minute >= {since:DateTime} AND Minute < {before:DateTime}
GROUP BY UserId
ORDER BY CostUsd DESC, Calls DESC, UserId
LIMIT {limit:UInt32}
