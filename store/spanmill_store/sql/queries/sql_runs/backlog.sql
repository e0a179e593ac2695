-- How many rows of the ledger say that something waits for one rule, at least as many as there are targets that do, and how many
-- rows the rule has.
-- rule, version: the rule.
-- Reads State of the rule version's range of the primary key.
SELECT countIf(State = 'waiting' AND Held = 0) AS Targets, count() AS Rows
FROM score_ledger
WHERE Rule = {rule:String} AND RuleVersion = {version:String}
