-- Up to when planners have looked, by rule and version; an empty rule is for which traces are complete.
-- Reads a small table.
SELECT Rule, RuleVersion, toUnixTimestamp64Nano(max(Time)) AS TimeNs
FROM planner_cursors
GROUP BY Rule, RuleVersion
