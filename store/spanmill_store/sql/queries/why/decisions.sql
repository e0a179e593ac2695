-- What became of one trace and of its spans, or of one session, under each version of each rule, and what the current score of it is.
-- trace_id: which, '' for a session. session_id: which, '' for a trace.
-- Reads the ledger's granules that may hold this trace, and its scores by the primary key.
SELECT Project, Rule, RuleVersion, SpanId, State, ledger.Reason AS Reason, ledger.Time AS Time, Revision, Probability, Stratum,
    score.Value AS Value, ifNull(score.Label, '') AS Label, ifNull(score.Rationale, '') AS Rationale
FROM
(
    SELECT Project, Rule, RuleVersion, SpanId, State, Reason, Time, Revision, SamplingProbability AS Probability, Stratum
    FROM score_ledger FINAL
    WHERE TraceId = {trace_id:String} AND SessionId = {session_id:String}
) AS ledger
LEFT ANY JOIN
(
    SELECT Project, Rule, RuleVersion, SpanId, Value, Label, Rationale
    FROM scores FINAL
    WHERE TraceId = {trace_id:String} AND if(TraceId = '', SessionId, '') = {session_id:String} AND Rule != ''
) AS score USING (Project, Rule, RuleVersion, SpanId)
ORDER BY Project, Rule, Time DESC, RuleVersion, SpanId
