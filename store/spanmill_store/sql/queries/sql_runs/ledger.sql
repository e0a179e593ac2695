-- Close the targets of a run: the last step, after which they wait no more.
-- run, rule, version: which.
-- Reads the run.
INSERT INTO score_ledger (Project, Rule, RuleVersion, TraceId, SpanId, State, Reason, Time, Revision, SamplingProbability, Stratum)
SELECT Project, {rule:String}, {version:String}, TraceId, SpanId, State, Reason, Time, Revision, SamplingProbability, Stratum
FROM sql_runs
WHERE Run = {run:UInt64} AND State != 'waiting'
