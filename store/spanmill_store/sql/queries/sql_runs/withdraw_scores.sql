-- Take back the scores of those targets of a run that had one until late spans came, and now have none.
-- run, rule, version: which. now_ns: when the run began.
-- Looked up by the primary key.
INSERT INTO scores (Project, Time, TraceId, SpanId, SessionId, Name, Value, Label, Rationale, Source, Rule, RuleVersion, InputHash, SamplingProbability, JudgeModel, CostUsd, ScoreId, IsWithdrawn)
SELECT Project, fromUnixTimestamp64Nano({now_ns:Int64}), TraceId, SpanId, SessionId, Name, Value, Label, Rationale, Source, Rule,
    RuleVersion, InputHash, SamplingProbability, JudgeModel, CostUsd, ScoreId, 1
FROM scores FINAL
WHERE Rule = {rule:String} AND RuleVersion = {version:String}
    AND TraceId IN (SELECT TraceId FROM sql_runs WHERE Run = {run:UInt64} AND State NOT IN ('scored', 'late_rescored') AND Revision > 0)
    AND (Project, TraceId, SpanId) IN (SELECT Project, TraceId, SpanId FROM sql_runs WHERE Run = {run:UInt64} AND State NOT IN ('scored', 'late_rescored') AND Revision > 0)
SETTINGS distributed_product_mode = 'local'
