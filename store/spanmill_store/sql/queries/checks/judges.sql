-- Rule versions of which there are scores by a judge.
-- Reads Rule, RuleVersion and Source of the whole table, numbers of a few words each; copies of a row change nothing.
SELECT DISTINCT Rule, RuleVersion
FROM scores
WHERE Source = 'judge' AND Rule != ''
ORDER BY Rule, RuleVersion
