-- Close the targets of a run: the last step, after which they wait no more.
-- run, rule, version: which.
-- Rows of a run are unlike each other and replace what is written again, so none is looked for twice. Reads the run.
INSERT INTO score_ledger (Project, Rule, RuleVersion, TraceId, SpanId, State, Reason, Time, Revision, SamplingProbability, Stratum)
SELECT Project, {rule:String}, {version:String}, TraceId, SpanId, State, Reason, Time, Revision, SamplingProbability, Stratum
FROM sql_runs
WHERE Run = {run:UInt64}
SETTINGS max_insert_threads = 4, insert_deduplicate = 0, optimize_on_insert = 0
