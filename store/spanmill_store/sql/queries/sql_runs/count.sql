-- How much waits for one rule in a share of the traces.
-- [waiting]: one of sql_runs/waiting_*.
-- Costs what that does.
SELECT count() AS Targets
FROM (/*[waiting]*/ SELECT Project, TraceId, SpanId, Revision, SamplingProbability, Stratum FROM score_ledger LIMIT 0 /*[/waiting]*/)
