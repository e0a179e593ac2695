-- Those of some rules for which something waits.
-- rules, versions: the rules.
-- Reads State of the rule versions' ranges of the primary key; as ledger/waiting, not FINAL.
WITH arrayZip({rules:Array(String)}, {versions:Array(String)}) AS chosen
SELECT DISTINCT Rule, RuleVersion
FROM
(
    SELECT Rule, RuleVersion
    FROM score_ledger
    WHERE (Rule, RuleVersion) IN (SELECT arrayJoin(chosen)) AND (Rule, RuleVersion, Project, TraceId, SpanId) IN
    (
        SELECT Rule, RuleVersion, Project, TraceId, SpanId
        FROM score_ledger
        WHERE (Rule, RuleVersion) IN (SELECT arrayJoin(chosen)) AND State = 'waiting'
    )
    GROUP BY Rule, RuleVersion, Project, TraceId, SpanId
    HAVING argMax(State, Version) = 'waiting'
)
SETTINGS distributed_product_mode = 'local'
