-- What the expressions of one SQL rule say about some complete sessions.
-- session_ids: a batch of a job. [value], [label], [reason]: checked expressions over sessions. [rows]: scoring/session_rows.
-- Reads the granules of these sessions' traces.
SELECT Project, '' AS TraceId, '' AS SpanId, SessionId,
    CAST(/*[value]*/ NULL /*[/value]*/ AS Nullable(Float64)) AS spanmill_value,
    ifNull(toString(/*[label]*/ '' /*[/label]*/), '') AS spanmill_label,
    ifNull(toString(/*[reason]*/ '' /*[/reason]*/), '') AS spanmill_reason
FROM (/*[rows]*/ SELECT * FROM sessions WHERE SessionId IN {session_ids:Array(String)} /*[/rows]*/)
SETTINGS distributed_product_mode = 'local'
