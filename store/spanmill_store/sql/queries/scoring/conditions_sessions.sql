-- What the conditions of one rule that asks for scores of others say of some complete sessions.
-- session_ids: which. trace_ids: only ''. rules, versions: the rules that it asks. [conditions]: an array, checked.
-- [scores]: scoring/scores_of_targets. [rows]: scoring/session_rows.
-- Reads the granules of these sessions' traces, and the sessions' scores.
SELECT Project, '' AS TraceId, '' AS SpanId, SessionId, toString(Source) AS spanmill_source, SamplingProbability AS spanmill_sent,
    /*[conditions]*/ [1] /*[/conditions]*/ AS spanmill_conditions
FROM (/*[rows]*/ SELECT * FROM sessions WHERE SessionId IN {session_ids:Array(String)} /*[/rows]*/) AS session
LEFT ANY JOIN
(
    SELECT Project, SessionId, spanmill_values, spanmill_labels
    FROM (/*[scores]*/ SELECT Project, SessionId, map('', toNullable(1.)) AS spanmill_values, map('', '') AS spanmill_labels FROM scores LIMIT 0 /*[/scores]*/)
) AS said USING (Project, SessionId)
SETTINGS distributed_product_mode = 'local'
