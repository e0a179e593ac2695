-- Current scores that one rule has given some traces and their spans, or some sessions.
-- rule, version: the rule. trace_ids, session_ids: a batch of a job; of what is not meant only ''.
-- Looked up by the primary key.
SELECT Project, Time, TraceId, SpanId, SessionId, Name, Value, Label, Rationale, Source, Rule, RuleVersion, InputHash,
    SamplingProbability, JudgeModel, CostUsd, ScoreId, ScorerTraceId
FROM scores FINAL
WHERE TraceId IN {trace_ids:Array(String)} AND if(TraceId = '', SessionId, '') IN {session_ids:Array(String)}
    AND Rule = {rule:String} AND RuleVersion = {version:String}
