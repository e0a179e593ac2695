-- Write down of those that wait and of which nothing is stored that there is nothing.
-- run, rule: which. now_ns: when it began. reason: in words. [waiting]: one of sql_runs/waiting_*. [stored]: one of
-- sql_runs/stored_*.
-- Reads the granules of these traces.
INSERT INTO sql_runs (Run, Rule, State, Project, TraceId, SpanId, Revision, SamplingProbability, Stratum, Reason, Time)
SELECT {run:UInt64}, {rule:String}, 'filtered', Project, TraceId, SpanId, Revision, SamplingProbability, Stratum, {reason:String},
    fromUnixTimestamp64Nano({now_ns:Int64})
FROM (/*[waiting]*/ SELECT Project, TraceId, SpanId, Revision, SamplingProbability, Stratum FROM score_ledger LIMIT 0 /*[/waiting]*/)
WHERE (Project, TraceId, SpanId) NOT IN (SELECT Project, TraceId, SpanId FROM sql_runs WHERE Run = {run:UInt64})
    AND (Project, TraceId, SpanId) NOT IN (/*[stored]*/ SELECT Project, TraceId, SpanId FROM otel_traces LIMIT 0 /*[/stored]*/)
SETTINGS distributed_product_mode = 'local'
