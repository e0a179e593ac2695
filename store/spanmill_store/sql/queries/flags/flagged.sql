-- Flags that one rule has set on some traces and their spans, or some sessions, without those that were withdrawn.
-- rule, version: the rule. trace_ids, session_ids: a batch of a job; of what is not meant only ''.
-- Reads the rule version's range of the primary key; flags are few.
SELECT Project, Time, TraceId, SpanId, SessionId, Rule, RuleVersion, ScoreName, Value, Label, Reason, Dataset, IsWithdrawn
FROM flags FINAL
WHERE Rule = {rule:String} AND RuleVersion = {version:String} AND TraceId IN {trace_ids:Array(String)}
    AND if(TraceId = '', SessionId, '') IN {session_ids:Array(String)} AND NOT IsWithdrawn
