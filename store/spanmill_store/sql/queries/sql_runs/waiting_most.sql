-- What waits for one rule in a share of the traces, as sql_runs/waiting_few, where that is a good part of all that the rule
-- has: FINAL reads all of it, ten times as fast.
-- rule, version: the rule. shares, share: one of so many equal shares of the traces, so that memory is bounded.
-- Reads the rule version's range of the primary key.
SELECT Project, TraceId, SpanId, Revision, SamplingProbability, Stratum
FROM score_ledger FINAL
WHERE Rule = {rule:String} AND RuleVersion = {version:String} AND State = 'waiting' AND Held = 0
    AND cityHash64(TraceId) % {shares:UInt32} = {share:UInt32}
