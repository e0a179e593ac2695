-- What the judges of each version of a rule have cost on one day in UTC, with what is reserved for those being asked, in all projects.
-- day: which.
-- Reads the day's range of the primary key: a row per batch of some hundred targets.
SELECT Rule, RuleVersion, sum(judge_spend.Calls) AS Calls, sum(judge_spend.CostUsd) AS CostUsd, max(judge_spend.Time) AS LastTime
FROM judge_spend FINAL
WHERE Day = {day:Date}
GROUP BY Rule, RuleVersion
ORDER BY Rule, RuleVersion
