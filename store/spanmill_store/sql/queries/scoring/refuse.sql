-- Enter traces that became complete, whole, into the ledger of one rule as filtered: its condition cannot be computed of them.
-- rule, version: the rule. reason: why. now_ns: the decision's time. since_ns, but, shares, share: as in scoring/plan_traces.
-- Reads completions of that time.
INSERT INTO score_ledger (Project, Rule, RuleVersion, TraceId, State, Reason, Time, Revision, IsOutcome)
SELECT Project, {rule:String}, {version:String}, TraceId, 'filtered', {reason:String},
    fromUnixTimestamp64Nano({now_ns:Int64}), max(completions.Revision), false
FROM completions
WHERE Time > fromUnixTimestamp64Nano({since_ns:Int64}) AND Planner != {but:String}
    AND cityHash64(TraceId) % {shares:UInt32} = {share:UInt32}
GROUP BY Project, TraceId
