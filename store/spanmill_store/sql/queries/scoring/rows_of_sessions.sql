-- Complete sessions, and what the conditions of rules say of each. A part of scoring/plan.
-- session_ids: which. [conditions]: as in scoring/rows_of_traces, over the columns of sessions. [rows]: scoring/session_rows.
-- Reads the granules of these sessions' traces.
SELECT Project, '' AS TraceId, '' AS SpanId, SessionId, source, sent, conditions
FROM
(
    SELECT Project, SessionId, toString(Source) AS source, SamplingProbability AS sent, /*[conditions]*/ CAST([[1]] AS Array(Array(UInt8))) /*[/conditions]*/ AS conditions
    FROM (/*[rows]*/ SELECT * FROM sessions WHERE SessionId IN {session_ids:Array(String)} /*[/rows]*/)
)
