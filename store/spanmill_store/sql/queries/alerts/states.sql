-- How the alerts stand: the newest row of each project and rule.
-- rule: one rule, or '' for all.
-- Reads a small table.
SELECT Project, Rule, RuleVersion, Sequence, Time, Since, State, Value, Low, High, Scores
FROM alert_states FINAL
WHERE {rule:String} = '' OR Rule = {rule:String}
ORDER BY Rule, Project, Sequence DESC
LIMIT 1 BY Project, Rule
