-- Close what waits for superseded versions of one rule: the new version looks at the same targets itself.
-- rule: its name. version: the one in force.
-- Reads the rule's range of the primary key, once per new version and planner start.
INSERT INTO score_ledger (Project, Rule, RuleVersion, TraceId, SpanId, SessionId, State, Reason, Time, Revision, SamplingProbability, Stratum)
SELECT Project, Rule, RuleVersion, TraceId, SpanId, SessionId, 'filtered', 'the rule was changed before this was scored', now64(9),
    max(ledger.Revision), argMax(ledger.SamplingProbability, Version), argMax(ledger.Stratum, Version)
FROM score_ledger AS ledger
WHERE Rule = {rule:String} AND RuleVersion != {version:String}
GROUP BY Project, Rule, RuleVersion, TraceId, SpanId, SessionId
HAVING argMax(State, Version) = 'waiting'
