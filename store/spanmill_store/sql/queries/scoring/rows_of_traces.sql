-- Complete traces, and what the conditions of rules say of each. A part of scoring/plan.
-- [conditions]: for each rule an array: whether it wants a row, then whether the row is of each of its strata.
-- [complete]: which, by project and id. [from]: traces, or trace_facts, where the conditions name no tokens and no cost.
-- Reads the granules of these traces.
SELECT Project, TraceId, '' AS SpanId, '' AS SessionId, source, sent, conditions
FROM
(
    SELECT Project, TraceId, toString(Source) AS source, SamplingProbability AS sent, /*[conditions]*/ CAST([[1]] AS Array(Array(UInt8))) /*[/conditions]*/ AS conditions
    FROM /*[from]*/ traces /*[/from]*/
    WHERE TraceId IN (SELECT TraceId FROM /*[complete]*/ completions /*[/complete]*/)
        AND (Project, TraceId) IN (SELECT Project, TraceId FROM /*[complete]*/ completions /*[/complete]*/)
)
SETTINGS distributed_product_mode = 'local'
