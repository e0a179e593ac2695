-- What the judges of each project and rule have cost on one day in UTC, with what is reserved for those being asked, and without.
-- day: which. but_batch: a batch that is left out, '' for none.
-- Reads the day's range of the primary key: a row per batch of some hundred targets.
SELECT Project, Rule, sum(judge_spend.Calls) AS Calls, sum(judge_spend.CostUsd) AS CostUsd,
    sumIf(judge_spend.Calls, IsSettled) AS SettledCalls, sumIf(judge_spend.CostUsd, IsSettled) AS SettledUsd
FROM judge_spend FINAL
WHERE Day = {day:Date} AND BatchId != {but_batch:String}
GROUP BY Project, Rule
ORDER BY Project, Rule
