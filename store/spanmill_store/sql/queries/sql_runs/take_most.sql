-- Take up a share of the targets that wait for one rule, as sql_runs/take, where that is a good part of all that it has: FINAL
-- reads all of them, ten times as fast.
-- rule, version: the rule. shares, share: one of so many equal shares of the traces, so that memory is bounded.
-- run: its number. now_ns: when it began, nanoseconds since 1970.
-- Reads the rule version's range of the primary key.
INSERT INTO sql_runs (Run, Rule, State, Project, TraceId, SpanId, Revision, SamplingProbability, Stratum, Time)
SELECT {run:UInt64}, {rule:String}, 'waiting', Project, TraceId, SpanId, Revision, SamplingProbability, Stratum,
    fromUnixTimestamp64Nano({now_ns:Int64})
FROM score_ledger FINAL
WHERE Rule = {rule:String} AND RuleVersion = {version:String} AND State = 'waiting' AND Held = 0
    AND cityHash64(TraceId) % {shares:UInt32} = {share:UInt32}
