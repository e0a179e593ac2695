-- What the expressions of one SQL rule say about some spans.
-- trace_ids, span_ids: a batch of a job. [value], [label], [reason]: checked expressions over spans.
-- [from]: spans, or span_facts, where they name no content and no attributes.
-- Reads the granules of these traces' spans.
SELECT Project, TraceId, SpanId,
    CAST(/*[value]*/ NULL /*[/value]*/ AS Nullable(Float64)) AS spanmill_value,
    ifNull(toString(/*[label]*/ '' /*[/label]*/), '') AS spanmill_label,
    ifNull(toString(/*[reason]*/ '' /*[/reason]*/), '') AS spanmill_reason
FROM /*[from]*/ spans /*[/from]*/
WHERE TraceId IN {trace_ids:Array(String)} AND SpanId IN {span_ids:Array(String)}
LIMIT 1 BY Project, TraceId, SpanId
