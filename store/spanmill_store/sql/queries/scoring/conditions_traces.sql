-- What the conditions of one rule that asks for scores of others say of some traces.
-- trace_ids: which. session_ids: only ''. rules, versions: the rules that it asks. [conditions]: an array, checked.
-- [scores]: scoring/scores_of_targets.
-- Reads the granules of these traces, and their scores.
SELECT Project, TraceId, '' AS SpanId, '' AS SessionId, toString(Source) AS spanmill_source, SamplingProbability AS spanmill_sent,
    /*[conditions]*/ [1] /*[/conditions]*/ AS spanmill_conditions
FROM traces
LEFT ANY JOIN
(
    SELECT Project, TraceId, spanmill_values, spanmill_labels
    FROM (/*[scores]*/ SELECT Project, TraceId, '' AS SpanId, map('', toNullable(1.)) AS spanmill_values, map('', '') AS spanmill_labels FROM scores LIMIT 0 /*[/scores]*/)
    WHERE SpanId = ''
) AS said USING (Project, TraceId)
WHERE TraceId IN {trace_ids:Array(String)}
SETTINGS distributed_product_mode = 'local'
