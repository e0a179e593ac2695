-- The rows of the newest check of one rule version.
-- rule, version: which.
-- Looked up by the primary key.
SELECT Rule, RuleVersion, Time, Kind, Segment, Numbers, Passed, Reason
FROM rule_checks FINAL
WHERE Rule = {rule:String} AND RuleVersion = {version:String}
ORDER BY Time DESC
LIMIT 1 WITH TIES
