-- What the expressions of one SQL rule say about some traces.
-- trace_ids: a batch of a job. [value], [label], [reason]: checked expressions over traces.
-- [from]: traces, or trace_facts, where they name no tokens and no cost.
-- Reads the granules of these traces' spans.
SELECT Project, TraceId, '' AS SpanId,
    CAST(/*[value]*/ NULL /*[/value]*/ AS Nullable(Float64)) AS spanmill_value,
    ifNull(toString(/*[label]*/ '' /*[/label]*/), '') AS spanmill_label,
    ifNull(toString(/*[reason]*/ '' /*[/reason]*/), '') AS spanmill_reason
FROM /*[from]*/ traces /*[/from]*/
WHERE TraceId IN {trace_ids:Array(String)}
