-- Targets that wait for some rules, the longest first.
-- rules, versions: the rules. limit: of each, hard cap, the rest comes in a later tick.
-- Reads State of the rule versions' ranges of the primary key; not FINAL, because merges have removed the waiting rows of
-- all but the newest targets, so few keys are left to compare.
WITH arrayZip({rules:Array(String)}, {versions:Array(String)}) AS chosen
SELECT Rule, RuleVersion, Project, TraceId, SpanId
FROM score_ledger
WHERE (Rule, RuleVersion) IN (SELECT arrayJoin(chosen)) AND (Rule, RuleVersion, Project, TraceId, SpanId) IN
(
    SELECT Rule, RuleVersion, Project, TraceId, SpanId
    FROM score_ledger
    WHERE (Rule, RuleVersion) IN (SELECT arrayJoin(chosen)) AND State = 'waiting'
)
GROUP BY Rule, RuleVersion, Project, TraceId, SpanId
HAVING argMax(State, Version) = 'waiting'
ORDER BY min(Time), Project, TraceId, SpanId
LIMIT {limit:UInt32} BY Rule, RuleVersion
SETTINGS distributed_product_mode = 'local'
