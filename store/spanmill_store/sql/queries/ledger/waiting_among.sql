-- Which spans or traces of some traces still wait for one rule, and since when.
-- rule, version: the rule. trace_ids: a batch of a job.
-- Looked up by the primary key.
SELECT Project, TraceId, SpanId, dateDiff('millisecond', min(Time), now64(3)) / 1000 AS WaitingS
FROM score_ledger
WHERE Rule = {rule:String} AND RuleVersion = {version:String} AND TraceId IN {trace_ids:Array(String)}
GROUP BY Project, TraceId, SpanId
HAVING argMax(State, Version) = 'waiting'
