-- Which spans or traces of some traces, or which sessions, still wait for one rule, since when, of which revision, and how they were sampled.
-- rule, version: the rule. trace_ids, session_ids: a batch of a job; of what is not meant only ''.
-- Looked up by the primary key.
SELECT Project, TraceId, SpanId, SessionId, max(ledger.Revision) AS Revision,
    argMax(ledger.SamplingProbability, Version) AS SamplingProbability, argMax(ledger.Stratum, Version) AS Stratum,
    greatest(0, dateDiff('millisecond', argMin(Time, (-toInt64(ledger.Revision), Time)), now64(3)) / 1000) AS WaitingS
FROM score_ledger AS ledger
WHERE Rule = {rule:String} AND RuleVersion = {version:String} AND TraceId IN {trace_ids:Array(String)}
    AND SessionId IN {session_ids:Array(String)}
GROUP BY Project, TraceId, SpanId, SessionId
HAVING argMax(State, Version) = 'waiting' AND argMax(Held, Version) = 0
