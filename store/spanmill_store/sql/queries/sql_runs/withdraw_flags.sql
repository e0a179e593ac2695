-- Take back the flags of those targets of a run that were bad until late spans came.
-- run, rule, version: which. now_ns: when the run began.
-- Reads the rule version's range of the primary key; flags are few.
INSERT INTO flags (Project, Time, TraceId, SpanId, SessionId, Rule, RuleVersion, ScoreName, Value, Label, Reason, Dataset, IsWithdrawn)
SELECT Project, fromUnixTimestamp64Nano({now_ns:Int64}), TraceId, SpanId, SessionId, Rule, RuleVersion, ScoreName, Value, Label, Reason, Dataset, true
FROM flags FINAL
WHERE Rule = {rule:String} AND RuleVersion = {version:String} AND NOT IsWithdrawn
    AND (Project, TraceId, SpanId) IN (SELECT Project, TraceId, SpanId FROM sql_runs WHERE Run = {run:UInt64} AND Revision > 0 AND NOT IsFlagged)
SETTINGS distributed_product_mode = 'local'
