-- Ids of what waits for one rule in a share of the traces.
-- limit: so many of them. [waiting]: one of sql_runs/waiting_*.
-- Costs what that does.
SELECT Project, TraceId, SpanId
FROM (/*[waiting]*/ SELECT Project, TraceId, SpanId, Revision, SamplingProbability, Stratum FROM score_ledger LIMIT 0 /*[/waiting]*/)
ORDER BY Project, TraceId, SpanId
LIMIT {limit:UInt32}
