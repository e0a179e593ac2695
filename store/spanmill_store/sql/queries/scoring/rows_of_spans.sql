-- The spans of complete traces, and what the conditions of rules say of each. A part of scoring/plan.
-- [conditions], [complete]: as in scoring/rows_of_traces; conditions are over the columns of spans.
-- [from]: spans, or span_facts, where the conditions name no content and no attributes.
-- Reads the granules of these traces.
SELECT Project, TraceId, SpanId, '' AS SessionId, source, sent, conditions
FROM
(
    SELECT Project, TraceId, SpanId, toString(Source) AS source, SamplingProbability AS sent, /*[conditions]*/ CAST([[1]] AS Array(Array(UInt8))) /*[/conditions]*/ AS conditions
    FROM /*[from]*/ spans /*[/from]*/
    WHERE TraceId IN (SELECT TraceId FROM /*[complete]*/ completions /*[/complete]*/)
        AND (Project, TraceId) IN (SELECT Project, TraceId FROM /*[complete]*/ completions /*[/complete]*/)
    LIMIT 1 BY Project, TraceId, SpanId
)
SETTINGS distributed_product_mode = 'local'
