-- Put one trace into the list of what goes, in each project that has it.
-- pass: the list. id: of the trace. project: '' for all.
INSERT INTO forgetting (Pass, What, Project, Id)
SELECT DISTINCT {pass:UInt64}, 'trace', Project, {id:String}
FROM
(
    SELECT Project FROM otel_traces WHERE TraceId = {id:String}
    UNION ALL SELECT Project FROM trace_parts WHERE TraceId = {id:String}
    UNION ALL SELECT Project FROM otel_logs WHERE TraceId = {id:String}
    UNION ALL SELECT Project FROM span_content_parts WHERE TraceId = {id:String}
    UNION ALL SELECT Project FROM scores WHERE TraceId = {id:String}
    UNION ALL SELECT Project FROM score_ledger WHERE TraceId = {id:String}
    UNION ALL SELECT Project FROM flags WHERE TraceId = {id:String}
    UNION ALL SELECT Project FROM dataset_rows WHERE TraceId = {id:String}
)
WHERE {project:String} = '' OR Project = {project:String}
