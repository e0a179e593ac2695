-- Newest scores, for the terminal.
-- rule, trace_id: '' for all. limit: rows.
-- A trace id is looked up by the primary key; without one the whole table's Time is read.
SELECT Project, Time, TraceId, SpanId, SessionId, Name, Value, Label, Rationale, Source, Rule, RuleVersion, InputHash,
    SamplingProbability, JudgeModel, CostUsd, ScoreId, ScorerTraceId
FROM scores FINAL
WHERE ({rule:String} = '' OR Rule = {rule:String}) AND ({trace_id:String} = '' OR TraceId = {trace_id:String})
ORDER BY Time DESC, ScoreId
LIMIT {limit:UInt32}
