-- Current scores that one rule has given some traces and their spans.
-- rule, version: the rule. trace_ids: a batch of a job.
-- Looked up by the primary key.
SELECT Project, Time, TraceId, SpanId, SessionId, Name, Value, Label, Rationale, Source, Rule, RuleVersion, InputHash,
    SamplingProbability, JudgeModel, CostUsd, ScoreId, ScorerTraceId
FROM scores FINAL
WHERE TraceId IN {trace_ids:Array(String)} AND Rule = {rule:String} AND RuleVersion = {version:String}
