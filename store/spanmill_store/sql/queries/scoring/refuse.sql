-- Enter complete traces or sessions, whole, into the ledger of one rule as filtered: its condition cannot be computed of them.
-- rule, version: the rule. reason: why. now_ns: the decision's time.
-- [complete]: scoring/complete_traces or scoring/complete_sessions.
-- Reads what that reads.
INSERT INTO score_ledger (Project, Rule, RuleVersion, TraceId, SessionId, State, Reason, Time, Revision, IsOutcome)
SELECT Project, {rule:String}, {version:String}, TraceId, SessionId, 'filtered', {reason:String},
    fromUnixTimestamp64Nano({now_ns:Int64}), Revision, false
FROM (/*[complete]*/ SELECT Project, TraceId, '' AS SessionId, Revision FROM completions /*[/complete]*/)
