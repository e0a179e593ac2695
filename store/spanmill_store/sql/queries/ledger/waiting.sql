-- Targets that wait for workers of some rules, the longest first; not those that wait for scores of other rules.
-- rules, versions: the rules. limit: of each, hard cap, the rest comes in a later tick.
-- Reads State of the rule versions' ranges of the primary key; not FINAL, because merges have removed the waiting rows of
-- all but the newest targets, so few keys are left to compare.
WITH arrayZip({rules:Array(String)}, {versions:Array(String)}) AS chosen
SELECT Rule, RuleVersion, Project, TraceId, SpanId, SessionId
FROM score_ledger
WHERE (Rule, RuleVersion) IN (SELECT arrayJoin(chosen)) AND (Rule, RuleVersion, Project, TraceId, SpanId, SessionId) IN
(
    SELECT Rule, RuleVersion, Project, TraceId, SpanId, SessionId
    FROM score_ledger
    WHERE (Rule, RuleVersion) IN (SELECT arrayJoin(chosen)) AND State = 'waiting'
)
GROUP BY Rule, RuleVersion, Project, TraceId, SpanId, SessionId
HAVING argMax(State, Version) = 'waiting' AND argMax(Held, Version) = 0
ORDER BY min(Time), Project, TraceId, SpanId, SessionId
LIMIT {limit:UInt32} BY Rule, RuleVersion
SETTINGS distributed_product_mode = 'local'
