-- Put traces that were deleted for good and came again into a list of what goes.
-- pass: the list. table, partition, parts: where to look. keep_datasets: 1 for those whose test cases stay.
-- k0, k1: key of the hashes.
-- Reads project and trace id of the parts.
INSERT INTO forgetting (Pass, What, Project, Id)
SELECT DISTINCT {pass:UInt64}, 'trace', Project, TraceId
FROM {table:Identifier}
WHERE _partition_id = {partition:String} AND _part IN {parts:Array(String)} AND TraceId != ''
    AND
    (
        (toString(Project), sipHash128Keyed(({k0:UInt64}, {k1:UInt64}), TraceId)) IN
            (SELECT toString(Project), Hash FROM forgotten FINAL WHERE What = 'trace' AND KeepDatasets = {keep_datasets:UInt8})
        OR sipHash128Keyed(({k0:UInt64}, {k1:UInt64}), TraceId) IN
            (SELECT Hash FROM forgotten FINAL WHERE What = 'trace' AND Project = '' AND KeepDatasets = {keep_datasets:UInt8})
    )
