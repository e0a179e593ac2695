-- How far the last backfill of one rule has come.
-- rule, version: the rule.
-- Reads a small table by its primary key.
SELECT toUnixTimestamp64Nano(Since) AS SinceNs, toUnixTimestamp64Nano(Until) AS UntilNs, toUnixTimestamp64Nano(Reached) AS ReachedNs
FROM backfills FINAL
WHERE Rule = {rule:String} AND RuleVersion = {version:String}
