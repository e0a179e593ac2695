-- How alerts stood, the newest first.
-- rule: one rule, or '' for all. limit: rows.
-- Reads a small table.
SELECT Project, Rule, RuleVersion, Sequence, Time, Since, State, Value, Low, High, Scores
FROM alert_states FINAL
WHERE {rule:String} = '' OR Rule = {rule:String}
ORDER BY Time DESC, Rule, Project, Sequence DESC
LIMIT {limit:UInt32}
