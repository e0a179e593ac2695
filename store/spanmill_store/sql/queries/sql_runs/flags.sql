-- Flag those targets of a run that are bad enough.
-- run, rule, version: which. score: name of its scores. dataset: where flagged targets go, or ''.
-- Reads the run.
INSERT INTO flags (Project, Time, TraceId, SpanId, SessionId, Rule, RuleVersion, ScoreName, Value, Label, Reason, Dataset)
SELECT Project, Time, TraceId, SpanId, SessionId, {rule:String}, {version:String}, {score:String}, Value, Label, Rationale, {dataset:String}
FROM sql_runs
WHERE Run = {run:UInt64} AND State IN ('scored', 'late_rescored') AND IsFlagged
