-- How many targets two versions of one rule have scored, by version and name of the score.
-- rule, old, new: the rule and its versions.
-- Reads the rule's scores.
SELECT RuleVersion AS version, Name AS name, count() AS targets
FROM scores FINAL
WHERE Rule = {rule:String} AND RuleVersion IN ({old:String}, {new:String})
GROUP BY version, name
