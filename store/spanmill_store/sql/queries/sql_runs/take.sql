-- Take up a share of the targets that wait for one rule: what is written down here is scored, and nothing else is closed.
-- rule, version: the rule. shares, share: one of so many equal shares of the traces, so that memory is bounded.
-- run: its number. now_ns: when it began, nanoseconds since 1970.
-- Reads the rule version's range of the primary key, where something waits.
INSERT INTO sql_runs (Run, Rule, State, Project, TraceId, SpanId, Revision, SamplingProbability, Stratum, Time)
SELECT {run:UInt64}, {rule:String}, 'waiting', Project, TraceId, SpanId, max(ledger.Revision),
    argMax(ledger.SamplingProbability, Version), argMax(ledger.Stratum, Version), fromUnixTimestamp64Nano({now_ns:Int64})
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
