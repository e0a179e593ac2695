-- What waits for one rule in a share of the traces. A part of the queries that score it.
-- rule, version: the rule. shares, share: one of so many equal shares of the traces, so that memory is bounded.
-- Reads the rule version's range of the primary key, where something waits.
SELECT Project, TraceId, SpanId, max(ledger.Revision) AS Revision,
    argMax(ledger.SamplingProbability, Version) AS SamplingProbability, argMax(ledger.Stratum, Version) AS Stratum
FROM score_ledger AS ledger
WHERE Rule = {rule:String} AND RuleVersion = {version:String} AND cityHash64(TraceId) % {shares:UInt32} = {share:UInt32}
    AND TraceId IN
    (
        SELECT TraceId
        FROM score_ledger
        WHERE Rule = {rule:String} AND RuleVersion = {version:String} AND State = 'waiting'
            AND cityHash64(TraceId) % {shares:UInt32} = {share:UInt32}
    )
GROUP BY Project, TraceId, SpanId
HAVING argMax(State, Version) = 'waiting' AND argMax(Held, Version) = 0
SETTINGS distributed_product_mode = 'local'
