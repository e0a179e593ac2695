-- Put a session into the list of what goes, wherever it is named.
-- pass: the list. hash: of its id; k0, k1: key of the hash. project: '' for all.
INSERT INTO forgetting (Pass, What, Project, Id)
SELECT DISTINCT {pass:UInt64}, 'session', Project, SessionId
FROM
(
    SELECT Project, SessionId FROM otel_traces
    UNION ALL SELECT Project, SessionId FROM scores
    UNION ALL SELECT Project, SessionId FROM flags
    UNION ALL SELECT Project, SessionId FROM dataset_rows
)
WHERE SessionId != '' AND ({project:String} = '' OR Project = {project:String})
    AND sipHash128Keyed(({k0:UInt64}, {k1:UInt64}), trim(BOTH '"' FROM SessionId)) = unhex({hash:String})
