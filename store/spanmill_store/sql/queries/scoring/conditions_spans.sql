-- What the conditions of one rule that asks for scores of others say of some spans.
-- trace_ids, span_ids: which; the pairs are matched by the caller. session_ids: only ''. rules, versions: the rules that it
-- asks. [conditions]: an array, checked. [scores]: scoring/scores_of_targets. [trace]: scoring/traces_of_spans.
-- Reads the granules of these spans and of their traces, and their scores.
SELECT Project, TraceId, SpanId, '' AS SessionId, toString(Source) AS spanmill_source, SamplingProbability AS spanmill_sent,
    /*[conditions]*/ [1] /*[/conditions]*/ AS spanmill_conditions
FROM spans
LEFT ANY JOIN
(
    SELECT Project, TraceId, SpanId, spanmill_values, spanmill_labels
    FROM (/*[scores]*/ SELECT Project, TraceId, SpanId, map('', toNullable(1.)) AS spanmill_values, map('', '') AS spanmill_labels FROM scores LIMIT 0 /*[/scores]*/)
) AS said USING (Project, TraceId, SpanId)
LEFT ANY JOIN
(
    /*[trace]*/ SELECT Project, TraceId FROM traces WHERE TraceId IN {trace_ids:Array(String)} /*[/trace]*/
) AS rollup USING (Project, TraceId)
WHERE TraceId IN {trace_ids:Array(String)} AND SpanId IN {span_ids:Array(String)}
LIMIT 1 BY Project, TraceId, SpanId
SETTINGS distributed_product_mode = 'local'
