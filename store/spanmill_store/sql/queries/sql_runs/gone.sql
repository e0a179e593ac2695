-- Write beside those targets of a run of which nothing is stored that there is nothing.
-- run, rule: which. now_ns: when it began. reason: in words.
-- Reads the run.
INSERT INTO sql_runs (Run, Rule, State, Project, TraceId, SpanId, Revision, SamplingProbability, Stratum, Reason, Time)
SELECT {run:UInt64}, {rule:String}, 'filtered', Project, TraceId, SpanId, Revision, SamplingProbability, Stratum, {reason:String},
    fromUnixTimestamp64Nano({now_ns:Int64})
FROM sql_runs
WHERE Run = {run:UInt64} AND State = 'waiting'
    AND (Project, TraceId, SpanId) NOT IN (SELECT Project, TraceId, SpanId FROM sql_runs WHERE Run = {run:UInt64} AND State != 'waiting')
SETTINGS distributed_product_mode = 'local'
