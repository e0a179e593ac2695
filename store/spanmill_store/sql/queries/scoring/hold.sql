-- Enter the targets of a rule that asks for scores of others into its ledger, as waiting for these, to be decided about later.
-- rule, version: the rule. reason: what it waits for. now_ns: when. is_of_spans: a span that is known is left alone.
-- [targets]: scoring/complete_traces, complete_spans or complete_sessions, with their parameters. [into]: nothing, to find out
-- which would be entered.
-- Version is the least that a row of its revision can have, so whatever is decided takes its place, and entering it again
-- changes nothing. Held says also whether an earlier revision was in the sample: who came in stays in.
-- Reads what the targets are read from, and the ledger's rows of them.
/*[into]*/
INSERT INTO score_ledger (Project, Rule, RuleVersion, TraceId, SpanId, SessionId, State, Reason, Time, Revision, SamplingProbability, IsOutcome, Held, Version)
/*[/into]*/
WITH
    targets AS
    (
        /*[targets]*/ SELECT Project, TraceId, '' AS SpanId, '' AS SessionId, completions.Revision AS Revision FROM completions /*[/targets]*/
    )
SELECT target.Project AS Project, {rule:String}, {version:String}, target.TraceId AS TraceId, target.SpanId AS SpanId,
    target.SessionId AS SessionId, 'waiting' AS state, {reason:String},
    fromUnixTimestamp64Nano({now_ns:Int64}), target.Revision, if(ifNull(IsIn, 0) = 1, ifNull(Probability, 0), 0) AS probability, false,
    if(ifNull(IsIn, 0) = 1, 2, 1), bitShiftLeft(toUInt64(target.Revision), 44)
FROM (SELECT * FROM targets) AS target
LEFT ANY JOIN
(
    SELECT Project, TraceId, SpanId, SessionId, 1 AS IsKnown, max(ledger.Revision) AS KnownRevision,
        argMax(if(ledger.Held > 0, ledger.Held = 2, State NOT IN ('filtered', 'sampled_out')), Version) AS IsIn,
        argMax(ledger.SamplingProbability, Version) AS Probability
    FROM score_ledger AS ledger
    WHERE Rule = {rule:String} AND RuleVersion = {version:String} AND (TraceId, SessionId) IN (SELECT TraceId, SessionId FROM targets)
    GROUP BY Project, TraceId, SpanId, SessionId
) AS known USING (Project, TraceId, SpanId, SessionId)
WHERE ifNull(IsKnown, 0) = 0 OR (NOT {is_of_spans:Bool} AND ifNull(KnownRevision, 0) < target.Revision)
SETTINGS distributed_product_mode = 'local'
