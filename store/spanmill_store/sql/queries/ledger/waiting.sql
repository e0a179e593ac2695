-- Targets that wait for one rule, the longest first.
-- rule, version: the rule. limit: hard cap, the rest comes in a later tick.
-- Reads State of the rule version's range of the primary key; not FINAL, because merges have removed the waiting rows of
-- all but the newest targets, so few keys are left to compare.
SELECT Project, TraceId, SpanId
FROM score_ledger
WHERE Rule = {rule:String} AND RuleVersion = {version:String} AND (Project, TraceId, SpanId) IN
(
    SELECT Project, TraceId, SpanId
    FROM score_ledger
    WHERE Rule = {rule:String} AND RuleVersion = {version:String} AND State = 'waiting'
)
GROUP BY Project, TraceId, SpanId
HAVING argMax(State, Version) = 'waiting'
ORDER BY min(Time), Project, TraceId, SpanId
LIMIT {limit:UInt32}
SETTINGS distributed_product_mode = 'local'
