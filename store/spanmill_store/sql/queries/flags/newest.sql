-- Newest flags, for the terminal.
-- rule, trace_id: '' for all. limit: rows.
-- Flags are few; a rule is looked up by the primary key.
SELECT Project, Time, TraceId, SpanId, SessionId, Rule, RuleVersion, ScoreName, Value, Label, Reason, Dataset,
    IsWithdrawn
FROM flags FINAL
WHERE NOT IsWithdrawn AND ({rule:String} = '' OR Rule = {rule:String}) AND ({trace_id:String} = '' OR TraceId = {trace_id:String})
ORDER BY Time DESC, Rule, TraceId, SpanId
LIMIT {limit:UInt32}
