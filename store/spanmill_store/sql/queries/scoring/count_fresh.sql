-- How many traces became complete lately of which some rules' ledgers do not know the last revision.
-- rules, versions, since_ns: as in scoring/plan_traces.
-- Reads completions of that time and their rows in the ledger.
SELECT count() AS Fresh
FROM
(
    SELECT Project, TraceId, max(completions.Revision) AS Revision
    FROM completions
    WHERE Time >= fromUnixTimestamp64Nano({since_ns:Int64})
    GROUP BY Project, TraceId
)
WHERE (Project, TraceId, Revision) NOT IN
(
    SELECT Project, TraceId, min(newest)
    FROM
    (
        SELECT Project, TraceId, Rule, RuleVersion, max(Revision) AS newest
        FROM score_ledger
        WHERE (Rule, RuleVersion) IN (SELECT arrayJoin(arrayZip({rules:Array(String)}, {versions:Array(String)})))
            AND TraceId IN (SELECT TraceId FROM completions WHERE Time >= fromUnixTimestamp64Nano({since_ns:Int64}))
        GROUP BY Project, TraceId, Rule, RuleVersion
    )
    GROUP BY Project, TraceId
    HAVING count() = length({rules:Array(String)})
)
SETTINGS distributed_product_mode = 'local'
